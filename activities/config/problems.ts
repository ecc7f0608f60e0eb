/** Keys from the top of the file to a value: `['checks', 0, 'url']`. */
export type Path = readonly (string | number)[];

/** One fault, or one warning, of a configuration file. */
export interface Problem {
  readonly path: Path;
  /** What is wrong, following the path: `is missing`. Never quotes a value of the file: it may be a secret. */
  readonly says: string;
  /** What would be right, as it stands in the file; or the command that makes it so. */
  readonly example: string;
  /** Line in the file, where it is not the one of `path`. */
  readonly line?: number;
}

/** A problem with its place in the file. */
export interface Fault extends Problem {
  readonly line: number;
}

/** Thrown for a configuration that cannot be used: every fault at once, a line each. The CLI ends with exit code 2. */
export class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems';
  readonly lines: readonly string[];
  /** The same for programs; empty where there is no file to speak of. */
  readonly faults: readonly Fault[];

  constructor(lines: readonly string[], faults: readonly Fault[] = []) {
    super(lines.join('\n'));
    this.lines = lines;
    this.faults = faults;
  }
}

/** `checks[0].url`; a key with other characters than a name's is quoted. */
export function dotted(path: Path): string {
  return path
    .map((key, at) => {
      if (typeof key === 'number') return `[${key}]`;
      return (at === 0 ? '' : '.') + (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));
    })
    .join('');
}

/** `understudy.yaml:12  sites.dc1.vault.password  is missing; for example: password: { env: DC1_VAULT_PASSWORD }` */
export function renderFault(file: string, { line, path, says, example }: Fault): string {
  return [`${file}:${line}`, dotted(path), `${says}; for example: ${example}`].filter((part) => part !== '').join('  ');
}
