import type { Command } from 'commander';
import type { Cli, CommonOptions } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, port, withCommon } from '../options.ts';

export interface UpOptions extends CommonOptions {
  readonly state?: string;
  readonly port?: number;
  readonly uiPort?: number;
}

export function registerUp(program: Command, cli: Cli): void {
  const command = program
    .command('up')
    .summary('everything on this machine, with a Temporal of its own')
    .description(
      'Starts a Temporal with its UI on this machine, and all parts of the worker beside it; keeps them up until Ctrl-C. Its database stays, so a stopped run goes on at the next start.',
    )
    .option('--state <folder>', 'folder of the database (default: .understudy/<pair> beside the configuration)')
    .option('--port <port>', 'port of Temporal (default: 7233, or a free one)', port)
    .option('--ui-port <port>', 'port of its UI (default: 8233, or a free one)', port);
  withCommon(command)
    .addHelpText('after', examples(['understudy up', 'understudy up --config orders.yaml --ui-port 9000']))
    .action(async (options: UpOptions) => {
      const { up } = await import('../up.ts');
      await up(cli, options);
      cli.exitCode = EXIT.done;
    });
}
