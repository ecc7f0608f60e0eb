import type { Command } from 'commander';
import type { SyncResult } from '../../model/status.ts';
import { type Cli, printResult } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { examples, type FollowOptions, withCommon, withFollow } from '../options.ts';
import { renderSync } from '../render/result.ts';
import { withSession } from '../session.ts';

export function registerSync(program: Command, cli: Cli): void {
  const command = program
    .command('sync')
    .summary('bring the standby in step now')
    .description(
      'Runs one sync now: backup at the active, transfer, restore at the standby, verify, prune. The schedule goes on besides.',
    );
  withFollow(withCommon(command))
    .addHelpText('after', examples(['understudy sync', 'understudy sync --no-wait', 'understudy sync --json']))
    .action(async (options: FollowOptions) => {
      cli.exitCode = await sync(cli, options);
    });
}

function sync(cli: Cli, options: FollowOptions): Promise<ExitCode> {
  return withSession(options, { worker: true }, async (session) => {
    const { understudy, commands } = session;
    const [{ startOrFind }, { tellMissingWorkers, tellWhere }] = await Promise.all([
      import('../start-or-find.ts'),
      import('../before-start.ts'),
    ]);
    await tellMissingWorkers(cli.io, session);
    const run = await startOrFind(cli, understudy);
    tellWhere(cli.io, session, run.id);
    if (!options.wait) {
      printResult(cli, options, { run: run.id }, `started ${run.id}`);
      return EXIT.done;
    }
    const [{ follow }, { leftRunning }] = await Promise.all([import('../follow.ts'), import('../after-follow.ts')]);
    const followed = await follow(run, { ...cli, commands, ...(options.timeout ? { timeout: options.timeout } : {}) });
    if (followed.end !== 'result') return leftRunning(cli, options, commands, run.id, followed);
    printResult(cli, options, { run: run.id, result: followed.result }, renderSync(cli.style, followed.result));
    return exitOf(followed.result);
  });
}

/** Only a sync that took place is `done`: a script that relies on it must hear of the others. */
export function exitOf({ outcome }: SyncResult): ExitCode {
  switch (outcome) {
    case 'synced':
      return EXIT.done;
    case 'busy':
      return EXIT.busy;
    case 'paused':
    case 'nothing-to-do':
      return EXIT.refused;
  }
}
