import { killsOf } from './loop.ts';

killsOf('control', 'after-answer');
