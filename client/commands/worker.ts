import type { Command } from 'commander';
import type { Cli, CommonOptions } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, withCommon } from '../options.ts';
import { usageProblem } from '../problem.ts';

interface WorkerOptions extends CommonOptions {
  readonly part: readonly string[];
}

export function registerWorker(program: Command, cli: Cli): void {
  const command = program
    .command('worker')
    .summary('do the work of the pair, or of a part of it')
    .description(
      'Runs until it is stopped. Parts: control (workflows, redirects, client checks), and each site (components, fences, vault, record). All of them by default. With --json one JSON object a line is logged.',
    )
    .option(
      '-p, --part <name>',
      'control, or site:<name>; may be repeated',
      (name: string, all: string[]) => [...all, name],
      [],
    );
  withCommon(command)
    .addHelpText(
      'after',
      examples([
        'understudy worker',
        'understudy worker --part site:dc1',
        'understudy worker --part control --part site:dc2',
      ]),
    )
    .action(async (options: WorkerOptions) => {
      const [{ allParts, parseParts }, { loadSettings, requireSecrets }] = await Promise.all([
        import('../../worker/parts.ts'),
        import('../session.ts'),
      ]);
      const settings = await loadSettings(options);
      const { loaded, temporal } = settings;
      const sites = Object.keys(loaded.config.sites);
      const parts = options.part.length === 0 ? allParts(sites) : parseParts(options.part, sites);
      if ('problem' in parts) throw usageProblem(parts.problem);
      await requireSecrets(
        settings,
        parts.map((part) => (part.kind === 'control' ? 'control' : part.site)),
      );
      const { runWorker } = await import('../../worker/run-worker.ts');
      const { createLog } = await import('../../worker/log.ts');
      await runWorker({ loaded, temporal, parts, log: createLog({ json: options.json === true }), io: cli.io });
      cli.exitCode = EXIT.done;
    });
}
