import type { Command } from 'commander';
import type { Finding } from '../../model/finding.ts';
import { type Cli, type CommonOptions, printResult } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, withCommon } from '../options.ts';
import { UserProblem } from '../problem.ts';
import { command, commandsIn } from '../render/ask.ts';
import { renderFindings, sortFindings } from '../render/findings.ts';
import { loadSettings, withSession } from '../session.ts';

interface CheckOptions extends CommonOptions {
  readonly local?: boolean;
}

export function registerCheck(program: Command, cli: Cli): void {
  const check = program
    .command('check')
    .summary('everything that a sync and a failover need')
    .description(
      'Looks at everything that a sync and a failover need, from both sites and from control, and changes nothing: reachability, identities, tokens, versions, clocks, disk room, vaults, configuration. Ends with 1 if anything is an error.',
    )
    .option('--local', 'look from this machine, without Temporal and workers');
  withCommon(check)
    .addHelpText('after', examples(['understudy check', 'understudy check --local', 'understudy check --json']))
    .action(async (options: CheckOptions) => {
      const found = options.local ? await fromHere(options) : await fromWorkers(options);
      const findings = found.map((finding) => withCommands(finding, options));
      printResult(cli, options, sortFindings(findings), renderFindings(cli.style, findings));
      cli.exitCode = findings.some(({ level }) => level === 'error') ? EXIT.failed : EXIT.done;
    });
}

const withCommands = ({ says, todo, ...rest }: Finding, options: CheckOptions): Finding => ({
  ...rest,
  says: commandsIn(says, options),
  ...(todo === undefined ? {} : { todo: commandsIn(todo, options) }),
});

async function fromHere(options: CheckOptions): Promise<readonly Finding[]> {
  const { loaded, temporal } = await loadSettings(options);
  const { checkHere } = await import('../../worker/check-here.ts');
  return checkHere(loaded, temporal);
}

async function fromWorkers(options: CheckOptions): Promise<readonly Finding[]> {
  try {
    return await withSession(options, { worker: true }, ({ understudy }) => understudy.inspect('check'));
  } catch (error) {
    if (!(error instanceof UserProblem) || error.exitCode !== EXIT.unreachable) throw error;
    const todo = [...error.todo, `or look from this machine alone: ${command('check --local', options)}`];
    throw new UserProblem(error.exitCode, error.message, todo, error);
  }
}
