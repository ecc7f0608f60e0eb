import type { Command } from 'commander';
import { type Cli, type CommonOptions, printResult } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, personOf, withCommon } from '../options.ts';
import { usageProblem } from '../problem.ts';

interface StartAloneOptions extends CommonOptions {
  readonly site: string;
  readonly why: string;
  readonly who?: string;
}

export function registerStartAlone(program: Command, cli: Cli): void {
  const command = program
    .command('start-alone')
    .summary('start an active site that hears nobody, in your name')
    .description(
      "Runs at the site itself, without Temporal. After a restart of its machine an active site starts its executing parts only once it heard its peer. If you know that the peer does not act, this starts them; who and why stand in the site's journal.",
    )
    .requiredOption('--site <name>', 'the site, on whose machine this runs')
    .requiredOption('--why <text>', 'how you know that the peer does not act')
    .option('--who <name>', 'who says so; without it, the user of this machine');
  withCommon(command)
    .addHelpText('after', examples(['understudy start-alone --site dc1 --why "dc2 is powered off, I was there"']))
    .action(async (options: StartAloneOptions) => {
      const person = personOf(options);
      const [{ loadSettings }, { siteOf }, { startAlone }, { ensureRestic }] = await Promise.all([
        import('../session.ts'),
        import('../../worker/site.ts'),
        import('../../activities/site/guard.ts'),
        import('../../tools/programs.ts'),
      ]);
      const { loaded } = await loadSettings(options);
      const sites = Object.keys(loaded.config.sites);
      if (!sites.includes(options.site))
        throw usageProblem(`there is no site "${options.site}"; this pair has ${sites.join(' and ')}`);
      const did: string[] = [];
      const site = siteOf(loaded, options.site, await ensureRestic());
      await startAlone(site, person, (_, text) => did.push(text), new AbortController().signal);
      printResult(cli, options, { site: options.site, did }, did.join('\n') || `${options.site} runs already`);
      cli.exitCode = EXIT.done;
    });
}
