import { type Command, Option } from 'commander';
import type { Config } from '../../model/config.ts';
import { type FailoverInput, inputProblem, type Mode } from '../../model/inputs.ts';
import type { FailoverResult } from '../../model/status.ts';
import { type Cli, confirmed, printResult } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { examples, type FollowOptions, withCommon, withFollow } from '../options.ts';
import { UserProblem, usageProblem } from '../problem.ts';
import { renderFailoverPlan } from '../render/failover-plan.ts';
import { renderPair } from '../render/pair.ts';
import { renderFailover } from '../render/result.ts';
import { type Session, type Settings, withSession } from '../session.ts';

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
  const before = ({ config }: Settings) => checkInput(cli, config, options);
  return withSession(options, { worker: true, before }, async (session) => {
    const from = otherSite(session.config, options.to) ?? '';
    const { tellMissingWorkers, tellWhere } = await import('../before-start.ts');
    if (!(await wanted(cli, session, options, from))) {
      cli.io.err('Nothing was started.');
      if (options.json) printResult(cli, options, { started: false }, '');
      return EXIT.refused;
    }
    const { to, mode } = options;
    await tellMissingWorkers(cli.io, session, mode === 'planned' ? [from, to] : [to]);
    const run = await session.understudy.failover(inputOf(options));
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

const RIGHT = 'understudy failover --to dc2 --mode planned --reason "maintenance of dc1"';

const inputOf = ({ to, mode, reason, point }: FailoverOptions): Omit<FailoverInput, 'pair'> => ({
  ...{ to, mode, reason },
  ...(point === undefined ? {} : { point }),
});

/** What the run would refuse is refused here: with `--no-wait` nobody would see it fail. */
function checkInput({ io }: Cli, config: Config, options: FailoverOptions): void {
  const problem = inputProblem('failover', { pair: config.pair, ...inputOf(options) }, RIGHT);
  if (problem) throw usageProblem(problem);
  const { to, mode, point, yes } = options;
  if (otherSite(config, to) === undefined)
    throw usageProblem(`there is no site "${to}": ${Object.keys(config.sites).join(', ')}`);
  if (point !== undefined && mode === 'planned')
    throw usageProblem('--point goes with --mode unplanned: a planned failover makes its own point after the freeze');
  if (!yes && !io.interactive) throw usageProblem('nobody can be asked here: say --yes to start it without a question');
}

/** The site that is demoted; undefined where there is no site of that name. */
const otherSite = ({ sites }: Config, to: string): string | undefined =>
  Object.hasOwn(sites, to) ? Object.keys(sites).find((site) => site !== to) : undefined;

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
