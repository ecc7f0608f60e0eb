import { killsOf } from './loop.ts';

killsOf('worker', 'before-effect');
