import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { type Cli, type CommonOptions, printResult } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { duration, examples, withCommon } from '../options.ts';
import { renderPair } from '../render/pair.ts';
import { type Session, withSession } from '../session.ts';

interface StatusOptions extends CommonOptions {
  readonly watch?: boolean;
  readonly every: number;
}

export function registerStatus(program: Command, cli: Cli): void {
  const command = program
    .command('status')
    .summary('the pair on one screen')
    .description(
      'Shows state, active site, recovery point age, both sites and the runs in progress with what they wait for.',
    )
    .option('-w, --watch', 'look again and again, until Ctrl-C; with --json one JSON object a line')
    .addOption(
      new Option('--every <duration>', 'with --watch: time between two looks').argParser(duration).default(2_000, '2s'),
    );
  withCommon(command)
    .addHelpText(
      'after',
      examples([
        'understudy status',
        'understudy status --watch',
        'understudy status --json | jq .state',
        'understudy status --watch --json | jq --unbuffered -c .state',
      ]),
    )
    .action(async (options: StatusOptions) => {
      cli.exitCode = await withSession(options, { worker: true }, (session) =>
        options.watch ? watch(cli, session, options) : once(cli, session, options),
      );
    });
}

async function once(cli: Cli, session: Session, options: StatusOptions): Promise<ExitCode> {
  const { viewPair } = await import('../view-pair.ts');
  const view = await viewPair(session);
  const json = { ...view.status, source: view.source, inProgress: view.runs };
  // Whoever reads what goes on and on reads it by lines.
  if (options.json && options.watch) cli.io.out(JSON.stringify(json));
  else printResult(cli, options, json, renderPair(cli.style, view, Date.now(), session.commands));
  return EXIT.done;
}

/** Clears the screen where there is one; elsewhere one status follows the other. */
async function watch(cli: Cli, session: Session, options: StatusOptions): Promise<ExitCode> {
  const stop = new AbortController();
  const release = cli.io.onInterrupt(() => stop.abort());
  const { translate } = await import('../translate.ts');
  try {
    while (!stop.signal.aborted) {
      if (cli.io.screen && !options.json) cli.io.out('\u001b[2J\u001b[H');
      await once(cli, session, options).catch((error) => {
        const where = { ...session.temporal, commands: session.commands };
        cli.io.err(`${(translate(error, where) as Error).message}; looking again`);
      });
      await sleep(options.every, undefined, { signal: stop.signal }).catch(() => {});
    }
  } finally {
    release();
  }
  return EXIT.done;
}
