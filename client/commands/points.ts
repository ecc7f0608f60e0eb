import type { Command } from 'commander';
import type { VaultPoints } from '../../model/inspect.ts';
import { type Cli, type CommonOptions, printResult } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { examples, withCommon } from '../options.ts';
import { renderPoints } from '../render/points.ts';
import { withSession } from '../session.ts';

export function registerPoints(program: Command, cli: Cli): void {
  const command = program
    .command('points')
    .summary('recovery points in both vaults')
    .description(
      'Lists the recovery points of both vaults; ends with 1 where neither can be read, and with 6 where that is for want of a worker. stored: written; intact: read again from this vault; proven: restored and compared.',
    );
  withCommon(command)
    .addHelpText('after', examples(['understudy points', 'understudy points --json']))
    .action(async (options: CommonOptions) => {
      cli.exitCode = await withSession(options, { worker: true }, async ({ understudy, client, config }) => {
        const vaults = await understudy.inspect('points');
        printResult(cli, options, vaults, renderPoints(cli.style, vaults));
        const { sitesWithoutWorker } = await import('../workers-seen.ts');
        return exitOf(vaults, await sitesWithoutWorker(client, config.pair, Object.keys(config.sites)));
      });
    });
}

/** One vault that was read is an answer: it tells what could be restored. `absent`: sites without a worker. */
export function exitOf(vaults: readonly VaultPoints[], absent: readonly string[]): ExitCode {
  if (vaults.some(({ problem }) => problem === undefined)) return EXIT.done;
  return absent.length > 0 ? EXIT.unreachable : EXIT.failed;
}
