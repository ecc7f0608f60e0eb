import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { type Cli, printResult } from './cli.ts';
import type { InitOptions } from './init/flags.ts';
import { usageProblem } from './problem.ts';
import { command } from './render/ask.ts';
import { DEFAULT_CONFIG } from './session.ts';

interface Written {
  readonly config: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const repeatable = (flags: string, description: string) => new Option(flags, description).argParser(more);

const EXAMPLES = `
Examples:
  $ understudy init --pair orders --clients https://fme.example.com \\
      --site dc1=https://fme.dc1.example.com --site dc2=https://fme.dc2.example.com
  $ understudy init --pair docs --clients https://docs.example.com --site a --site b --files a=/srv/a --files b=/srv/b`;

/** `understudy init`: writes a commented configuration, which is valid, or says what is not and writes nothing. */
export function registerInit(program: Command, cli: Cli): void {
  program
    .command('init')
    .summary('write a commented understudy.yaml')
    .description(
      'Writes a commented understudy.yaml for one pair. Nothing else is touched, and no secret is asked for.',
    )
    .requiredOption('--pair <name>', 'name of the protected application')
    .requiredOption('--clients <url>', 'the address that clients use')
    .addOption(repeatable('--site <name[=url]>', "a site, twice; with its FME Flow's own address"))
    .option('--active <site>', 'the site that is active now; without it, the first one')
    .addOption(repeatable('--files <[site=]path>', 'a directory tree to protect'))
    .addOption(repeatable('--token-env <site=NAME>', "environment variable with the API token of a site's FME Flow"))
    .addOption(repeatable('--vault <site=repository>', "restic repository for a site's recovery points"))
    .addOption(repeatable('--vault-password-env <site=NAME>', "environment variable with a vault's password"))
    .option('--state <folder>', "where the sites' records are kept", 'understudy-state')
    .option('--engines <program>', 'program that controls the engines service', '/usr/local/bin/fme-engines')
    .option('--every <duration>', 'how often a sync runs', '15m')
    .addOption(repeatable('--approver <who>', 'who may approve; without it, anyone'))
    .option('--temporal <host:port>', 'where Temporal answers; without it, an embedded one')
    .option('--namespace <name>', 'namespace in Temporal')
    .option('--config <file>', 'the file to write', DEFAULT_CONFIG)
    .option('--force', 'replace a file that is there already')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: InitOptions & Written) => {
      printResult(cli, options, ...(await writeConfig(options)));
    });
}

/** What was done, for `--json` and in words. */
async function writeConfig(options: InitOptions & Written): Promise<[value: object, text: string]> {
  // Loaded here, so that `--help` is quick.
  const [{ flagsFrom }, { inFlags }, { renderConfig }, { parseConfig }, { shortDigest }] = await Promise.all([
    import('./init/flags.ts'),
    import('./init/in-flags.ts'),
    import('./init/render-config.ts'),
    import('../activities/config/load.ts'),
    import('../activities/config/digest.ts'),
  ]);
  const flags = flagsFrom(options);
  const text = renderConfig(flags);
  const { digest, file, warnings } = await parseConfig(text, options.config).catch((error) => {
    throw inFlags(error);
  });
  await writeNew(options.config, text, options.force === true);

  const commands = options.config === DEFAULT_CONFIG ? {} : { config: options.config };
  const variables = flags.sites.flatMap(({ url, tokenEnv, vaultPasswordEnv }) =>
    url === undefined ? [vaultPasswordEnv] : [tokenEnv, vaultPasswordEnv],
  );
  const lines = [
    `${options.config} is written (config ${shortDigest(digest)}).`,
    ...warnings.map((warning) => `warning: ${warning}`),
    `Next: set ${variables.join(', ')}; then`,
    `  ${command('check --local', commands)}   (what is missing, looked at from this machine alone)`,
    flags.temporal === undefined
      ? `  ${command('up', commands)}   (all of it on this machine; it goes on until it is stopped)`
      : `  ${command('worker', commands)}   (on each machine: --help; it goes on until it is stopped)`,
    `  ${command('setup', commands)}`,
    `  ${command('check', commands)}   (from both sites)`,
  ];
  return [{ file, digest, warnings, environment: variables }, lines.join('\n')];
}

async function writeNew(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw usageProblem(`${file} is there already.`, ['--force replaces it.', '--config writes another file.']);
    throw usageProblem(`${file} cannot be written: ${code}.`);
  }
}
