/** Files that Windows starts through its shell alone; Node refuses to start them without one. */
export const isBatchFile = (program: string): boolean => /\.(cmd|bat)$/i.test(program);

/** What is to be written instead of a batch file. Nothing here is started through a shell, whose rules would be the caller's risk. */
export const insteadOfBatch = (program: string): string =>
  `Windows starts it only through a shell, which is not used here. Write [cmd.exe, /d, /c, '${program}', …], or the program that it calls, e.g. [node, script.mjs].`;

/** Why a program could not be started and what to do, of the code that the system gave. Quotes neither parameters nor environment. */
export function notStarted(program: string, code: string | undefined, platform: NodeJS.Platform): string {
  const what = `"${program}" could not be started`;
  if (platform === 'win32' && isBatchFile(program) && (code === 'EINVAL' || code === 'ENOENT'))
    return `${what}: it is a batch file. ${insteadOfBatch(program)}`;
  if (code === 'ENOENT') {
    const batch =
      platform === 'win32' ? ` If it is a batch file (${program}.cmd): ${insteadOfBatch(`${program}.cmd`)}` : '';
    return `${what}: there is no such program. Install it on this machine, or correct its path.${batch}`;
  }
  return `${what}: its command or environment is not valid.`;
}
