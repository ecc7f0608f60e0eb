import { killsOf } from './loop.ts';

killsOf('temporal', 'middle', ['backup', 'restore']);
