import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap double before all of it is looked through again. A worker's own heap is small and hardly changes, and V8
 * counts the buffers of a stream to it: a package that streams by would have it looked through every few megabytes, which
 * costs more than reading the package does. The most memory stays about the same.
 */
export const letHeapGrow = (): void => setFlagsFromString('--heap-growing-percent=100');
