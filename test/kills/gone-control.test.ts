import { killsWithoutSource } from './gone.ts';

killsWithoutSource('control');
