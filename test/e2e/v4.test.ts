import { describe } from 'vitest';
import { BUILD_OF } from '../kills/stage.ts';
import { tellTheStory } from './story.ts';

describe(`FME Flow build ${BUILD_OF.v4}, REST v4`, () => tellTheStory(BUILD_OF.v4));
