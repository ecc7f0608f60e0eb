/** How the CLI ends. Documented in docs/cli.md; scripts rely on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** Wrong arguments, or a configuration that cannot be used. */
  usage: 2,
  /** A person, a rule or a site said no. Nothing is broken. */
  refused: 3,
  /** The run goes on and waits for an answer of a person. */
  waits: 4,
  /** Another operation works on this pair. */
  busy: 5,
  /** Temporal or the worker did not answer. */
  unreachable: 6,
  /** The run goes on; we stopped looking (`--timeout`). */
  running: 7,
  /** Ctrl-C. A run that was started goes on. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One line each, for `--help` and the documentation. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  failed: 'failed',
  usage: 'wrong arguments or configuration',
  refused: 'refused or rejected; nothing is broken',
  waits: 'the run goes on and waits for a person',
  busy: 'another operation works on this pair',
  unreachable: 'Temporal or a worker did not answer',
  running: 'the run goes on; --timeout is over',
  interrupted: 'Ctrl-C; a run that was started goes on',
};
