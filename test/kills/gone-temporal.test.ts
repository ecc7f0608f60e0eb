import { killsWithoutSource } from './gone.ts';

killsWithoutSource('temporal');
