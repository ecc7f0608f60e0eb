import { type Command, Option } from 'commander';
import type { Mode } from '../../model/inputs.ts';
import type { FailoverResult } from '../../model/status.ts';
import { type Cli, confirmed, printResult } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { examples, type FollowOptions, withCommon, withFollow } from '../options.ts';
import { UserProblem, usageProblem } from '../problem.ts';
import { renderFailoverPlan } from '../render/failover-plan.ts';
import { renderPair } from '../render/pair.ts';
import { renderFailover } from '../render/result.ts';
import { type Session, withSession } from '../session.ts';

interface FailoverOptions extends FollowOptions {
  readonly to: string;
  readonly mode: Mode;
  readonly reason: string;
  readonly point?: string;
  readonly yes?: boolean;
}

export function registerFailover(program: Command, cli: Cli): void {
  const command = program
    .command('failover')
    .summary('make the other site the active one')
    .description(
      'Moves the active role. Planned: nothing is lost; freeze, final sync, promote, redirect, verify. Unplanned: the active site is gone, and what is lost is stated before anyone approves.',
    )
    .requiredOption('--to <site>', 'the site that becomes active')
    .addOption(
      new Option('--mode <mode>', 'whether the active site takes part')
        .choices(['planned', 'unplanned'])
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why, in a few words: it stands in the record of the run')
    .option('--point <id>', 'unplanned: another recovery point than the newest intact one')
    .option('-y, --yes', 'do not ask before it is started; its approvals are asked all the same');
  withFollow(withCommon(command))
    .addHelpText(
      'after',
      examples([
        'understudy failover --to dc2 --mode planned --reason "maintenance of dc1"',
        'understudy failover --to dc2 --mode unplanned --reason "dc1 has no power"',
      ]),
    )
    .action(async (options: FailoverOptions) => {
      cli.exitCode = await failover(cli, options);
    });
}

function failover(cli: Cli, options: FailoverOptions): Promise<ExitCode> {
  return withSession(options, { worker: true }, async (session) => {
    const from = checkTarget(session, options);
    if (!options.yes && !cli.io.interactive) {
      throw usageProblem('nobody can be asked here: say --yes to start it without a question');
    }
    const { tellMissingWorkers, tellWhere } = await import('../before-start.ts');
    if (!(await wanted(cli, session, options, from))) {
      cli.io.err('Nothing was started.');
      if (options.json) printResult(cli, options, { started: false }, '');
      return EXIT.refused;
    }
    const { to, mode, reason, point } = options;
    await tellMissingWorkers(cli.io, session, mode === 'planned' ? [from, to] : [to]);
    const run = await session.understudy.failover({ to, mode, reason, ...(point ? { point } : {}) });
    tellWhere(cli.io, session, run.id);
    if (!options.wait) {
      printResult(cli, options, { run: run.id }, run.id);
      return EXIT.done;
    }
    const { commands } = session;
    const [{ follow }, { leftRunning }] = await Promise.all([import('../follow.ts'), import('../after-follow.ts')]);
    const followed = await follow(run, { ...cli, commands, ...(options.timeout ? { timeout: options.timeout } : {}) });
    if (followed.end !== 'result') return leftRunning(cli, options, commands, run.id, followed);
    printResult(cli, options, { run: run.id, result: followed.result }, renderFailover(cli.style, followed.result));
    return exitOf(followed.result);
  });
}

/** The other site, which is demoted. */
function checkTarget({ config }: Session, { to, mode, point }: FailoverOptions): string {
  const sites = Object.keys(config.sites);
  const from = sites.find((site) => site !== to);
  if (!sites.includes(to) || from === undefined) throw usageProblem(`there is no site "${to}": ${sites.join(', ')}`);
  if (point !== undefined && mode === 'planned') {
    throw usageProblem('--point goes with --mode unplanned: a planned failover makes its own point after the freeze');
  }
  return from;
}

/** Shows what is and what would be done, and asks one question that names the site that is demoted. */
async function wanted(cli: Cli, session: Session, options: FailoverOptions, from: string): Promise<boolean> {
  const { io, style } = cli;
  const { viewPair } = await import('../view-pair.ts');
  const view = await viewPair(session);
  const busy = view.runs.find((run) => run.status?.kind === 'failover');
  if (busy) {
    throw new UserProblem(EXIT.busy, `${busy.id} is in progress; two failovers never overlap`, ['understudy status']);
  }
  io.err(`${renderPair(style, view, Date.now(), session.commands)}\n`);
  io.err(`${renderFailoverPlan(style, { ...options, from, config: session.config, status: view.status })}\n`);
  if (options.yes) return true;
  const { to, mode } = options;
  if (mode === 'planned') return confirmed(cli, `Demote ${style.bold(from)} and make ${style.bold(to)} active?`);
  return confirmed(
    cli,
    `${style.red('Give up')} ${style.bold(from)} and make ${style.bold(to)} active, with the loss that will be stated?`,
    { typed: from },
  );
}

export function exitOf({ outcome }: FailoverResult): ExitCode {
  switch (outcome) {
    case 'committed':
    case 'already-there':
      return EXIT.done;
    case 'rejected':
    case 'given-back':
    case 'aborted':
      return EXIT.refused;
  }
}
