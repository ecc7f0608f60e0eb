import type { Command } from 'commander';
import { type Cli, type CommonOptions, printResult } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, withCommon } from '../options.ts';
import { renderPoints } from '../render/points.ts';
import { withSession } from '../session.ts';

export function registerPoints(program: Command, cli: Cli): void {
  const command = program
    .command('points')
    .summary('recovery points in both vaults')
    .description(
      'Lists the recovery points of both vaults. stored: written; intact: read again from this vault; proven: restored and compared.',
    );
  withCommon(command)
    .addHelpText('after', examples(['understudy points', 'understudy points --json']))
    .action(async (options: CommonOptions) => {
      cli.exitCode = await withSession(options, { worker: true }, async ({ understudy }) => {
        const vaults = await understudy.inspect('points');
        printResult(cli, options, vaults, renderPoints(cli.style, vaults));
        return EXIT.done;
      });
    });
}
