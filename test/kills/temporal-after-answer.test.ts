import { killsOf } from './loop.ts';

killsOf('temporal', 'after-answer');
