import { killsOf } from './loop.ts';

killsOf('control', 'before-effect');
