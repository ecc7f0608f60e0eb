import type { Command } from 'commander';
import { type Cli, type CommonOptions, printResult } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, type PersonOptions, personOf, withCommon, withPerson } from '../options.ts';
import { withSession } from '../session.ts';

interface PauseOptions extends CommonOptions, PersonOptions {
  readonly run?: string;
}

/** `pause` and `resume`. */
export function registerPause(program: Command, cli: Cli): void {
  const pause = program
    .command('pause')
    .summary('start no more syncs, or hold one run')
    .description(
      'Pauses the pair: no sync is started until it is resumed; a failover still can be. With --run: holds one run before its next step.',
    );
  const resume = program
    .command('resume')
    .summary('end a pause')
    .description('Ends the pause of the pair, or with --run of one run.');
  for (const [command, verb] of [[pause, 'pause'] as const, [resume, 'resume'] as const]) {
    withCommon(withPerson(command.option('--run <id>', 'one run instead of the pair'), 'the pair'))
      .addHelpText('after', examples(examplesOf(verb)))
      .action(async (options: PauseOptions) => {
        const person = personOf(options);
        cli.exitCode = await withSession(options, { worker: true }, async ({ understudy }) => {
          const target = options.run === undefined ? understudy : understudy.run(options.run);
          await target[verb](person);
          const what = options.run ?? `pair ${understudy.pair}`;
          printResult(cli, options, { what, [verb]: person }, `${what}: ${verb}d`);
          return EXIT.done;
        });
      });
  }
}

function examplesOf(verb: 'pause' | 'resume'): string[] {
  const why = verb === 'pause' ? 'storage migration until noon' : 'migration is over';
  return [
    `understudy ${verb} --why "${why}"`,
    `understudy ${verb} --run failover/orders/2026-11-24T0300 --why "${why}"`,
  ];
}
