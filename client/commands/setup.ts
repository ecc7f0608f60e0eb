import type { Command } from 'commander';
import { words } from '../../model/duration.ts';
import { type Cli, type CommonOptions, printResult } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, withCommon } from '../options.ts';
import { withSession } from '../session.ts';

interface SetupOptions extends CommonOptions {
  readonly paused?: boolean;
}

export function registerSetup(program: Command, cli: Cli): void {
  const command = program
    .command('setup')
    .summary('make the pair known: records, schedule, search attributes')
    .description(
      'Registers the search attributes, makes the site records where they are absent, creates or updates the schedule of syncs, and starts the workflow "pair". May be repeated at will: what is there is kept.',
    )
    .option('--paused', 'leave the schedule paused');
  withCommon(command)
    .addHelpText('after', examples(['understudy setup', 'understudy setup --paused']))
    .action(async (options: SetupOptions) => {
      cli.exitCode = await withSession(options, { worker: true }, async (session) => {
        const [{ setUp }, { tellMissingWorkers }] = await Promise.all([
          import('../set-up.ts'),
          import('../before-start.ts'),
        ]);
        await tellMissingWorkers(cli.io, session);
        const done = await setUp(session, { paused: options.paused === true }, (line) => cli.io.err(line));
        const { schedule } = done;
        const every = words(session.config.schedule.every);
        const text = [
          cli.style.green(`${session.config.pair} is set up`),
          `  schedule ${schedule.id} ${schedule.did}: every ${every}${schedule.paused ? ', paused' : ''}`,
        ].join('\n');
        printResult(cli, options, done, text);
        return EXIT.done;
      });
    });
}
