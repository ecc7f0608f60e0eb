import { killsOf } from './loop.ts';

killsOf('control', 'middle', ['backup', 'restore']);
