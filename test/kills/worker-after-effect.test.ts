import { killsOf } from './loop.ts';

killsOf('worker', 'after-effect');
