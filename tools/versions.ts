/**
 * The external programs that Understudy uses, and the versions it was tested with. Two of them are repeated where a
 * foreign tool reads them, and a test holds both places together: the Temporal CLI in `temporal/go.mod`, the test server
 * in `test-server/pom.xml`.
 */
export const VERSIONS = {
  /** CLI 1.8.2 brings server 1.31.2 and UI 2.50.1. */
  temporalCli: '1.8.2',
  testServer: '1.39.0',
} as const;

/** The oldest versions that are taken when a program is found on the machine. */
export const OLDEST = {
  /** Server 1.27: updates with start, summaries and current details are in it and switched on. */
  temporalCli: '1.3.0',
  /** The first with `copy` between repositories of format 2 and `init --copy-chunker-params` for it. */
  restic: '0.14.0',
  /** From 1.21 on Go fetches by itself the newer toolchain that a module asks for. */
  go: '1.21.0',
  /** The test server's classes are built for Java 8; 11 is the oldest it was tried to be started with by its makers. */
  java: '11.0.0',
} as const;

/**
 * Reads the first dotted number out of what a program says about its version, `temporal version 1.8.2 (Server …)` as
 * well as `restic 0.14.0 compiled with go1.19`. `undefined` where there is none.
 */
export function versionIn(text: string): string | undefined {
  return /\d+(?:\.\d+)+/.exec(text)?.[0];
}

/** Compares dotted versions number by number; a missing part counts as 0. */
export function atLeast(version: string, oldest: string): boolean {
  const have = version.split('.').map(Number);
  const want = oldest.split('.').map(Number);
  for (let i = 0; i < Math.max(have.length, want.length); i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
