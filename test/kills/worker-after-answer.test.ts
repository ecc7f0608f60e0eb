import { killsOf } from './loop.ts';

killsOf('worker', 'after-answer');
