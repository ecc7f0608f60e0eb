import type { Command } from 'commander';
import { type Cli, type CommonOptions, printResult } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, type PersonOptions, personOf, withCommon, withPerson } from '../options.ts';
import type { Run, Told } from '../run.ts';
import { withSession } from '../session.ts';
import type { Understudy } from '../understudy.ts';

interface ResumeOptions extends CommonOptions {
  readonly run?: string;
}
interface PauseOptions extends ResumeOptions, PersonOptions {}

const RUN = ['--run <id>', 'one run instead of the pair'] as const;
const ONE_RUN = '--run failover/orders/2026-11-24T0300';

/** `pause` and `resume`. Who pauses, and why, is shown as long as it lasts; what is resumed has nothing to show. */
export function registerPause(program: Command, cli: Cli): void {
  const pause = program
    .command('pause')
    .summary('start no more syncs, or hold one run')
    .description(
      'Pauses the pair: no sync is started until it is resumed; a failover still can be. With --run: holds one run before its next step.',
    )
    .option(...RUN);
  const why = '--why "storage migration until noon"';
  withCommon(withPerson(pause, 'the pair'))
    .addHelpText('after', examples([`understudy pause ${why}`, `understudy pause ${ONE_RUN} ${why}`]))
    .action(async (options: PauseOptions) => {
      const person = personOf(options);
      cli.exitCode = await withSession(options, { worker: true }, async ({ understudy }) => {
        const told = await targetOf(understudy, options).pause(person);
        const what = nameOf(understudy, options);
        printResult(
          cli,
          options,
          { what, pause: person, ...told },
          `${what}: ${told.done ? withWords('paused', told) : told.says}`,
        );
        return EXIT.done;
      });
    });

  const resume = program
    .command('resume')
    .summary('end a pause')
    .description('Ends the pause of the pair, or with --run of one run.')
    .option(...RUN);
  withCommon(resume)
    .addHelpText('after', examples(['understudy resume', `understudy resume ${ONE_RUN}`]))
    .action(async (options: ResumeOptions) => {
      cli.exitCode = await withSession(options, { worker: true }, async ({ understudy }) => {
        const target = targetOf(understudy, options);
        // A status that cannot be had now leaves it open.
        const before = await target.status().catch(() => null);
        const told = await target.resume();
        const what = nameOf(understudy, options);
        const done = before && !before.paused ? 'no pause was seen' : 'resumed';
        printResult(
          cli,
          options,
          { what, resume: true, ...(before ? { wasPaused: before.paused !== undefined } : {}), ...told },
          `${what}: ${told.done ? withWords(done, told) : told.says}`,
        );
        return EXIT.done;
      });
    });
}

/** A site that is away is told later: who paused should know. */
const withWords = (done: string, { says }: Told): string => (says ? `${done}: ${says}` : done);

const targetOf = (
  understudy: Understudy,
  { run }: ResumeOptions,
): Pick<Run<unknown> | Understudy, 'pause' | 'resume' | 'status'> =>
  run === undefined ? understudy : understudy.run(run);

const nameOf = ({ pair }: Understudy, { run }: ResumeOptions): string => run ?? `pair ${pair}`;
