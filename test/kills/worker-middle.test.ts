import { killsOf } from './loop.ts';

killsOf('worker', 'middle', ['backup', 'restore']);
