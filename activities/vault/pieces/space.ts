import { failure, failureType } from '../../failure.ts';

const FULL: readonly string[] = ['ENOSPC', 'EDQUOT'];
const REFUSED: readonly string[] = ['EACCES', 'EPERM', 'EROFS'];

export const isNoSpace = (error: unknown): boolean => failureType(error) === 'NoSpace';

/** The typed failure for what a system call in the folder of pieces said. Failures that are typed already stay. */
export function folderFailure(error: unknown, folder: string): unknown {
  if (failureType(error) !== undefined || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (FULL.includes(code))
    return failure(
      'NoSpace',
      `The disk of ${folder} is full: the pieces of a package did not fit there. What this attempt wrote is removed again, and recovery points are untouched. Make room (up to twice the package), then try again.`,
      error,
    );
  if (REFUSED.includes(code))
    return failure(
      'Refused',
      `The folder of pieces ${folder} cannot be written (${code}). Correct the rights of the worker's user there.`,
      error,
    );
  if (/^E[A-Z0-9]+$/.test(code))
    return failure(
      'Unavailable',
      `The folder of pieces ${folder} could not be used: ${error.message}. It is tried again.`,
      error,
    );
  return error;
}
