import { killsOf } from './loop.ts';

killsOf('temporal', 'before-effect');
