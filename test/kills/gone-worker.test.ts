import { killsWithoutSource } from './gone.ts';

killsWithoutSource('worker');
