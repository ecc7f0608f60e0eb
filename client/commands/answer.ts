import { Argument, type Command } from 'commander';
import { type Answer, CHOICES, type Choice } from '../../model/asks.ts';
import { type Cli, type CommonOptions, confirmed, printResult } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OpenAsk } from '../open-asks.ts';
import { examples, type PersonOptions, personOf, withCommon, withPerson } from '../options.ts';
import { UserProblem, usageProblem } from '../problem.ts';
import { renderAsk } from '../render/ask.ts';
import { runTitle } from '../render/steps.ts';
import { type Session, withSession } from '../session.ts';

interface AnswerOptions extends CommonOptions, PersonOptions {
  readonly ask?: string;
  readonly run?: string;
  readonly yes?: boolean;
}

/** `approve`, `reject` and `answer`: three names of one thing. */
export function registerAnswer(program: Command, cli: Cli): void {
  for (const choice of ['approve', 'reject'] as const) {
    const command = program
      .command(choice)
      .summary(`${choice} what a run waits for`)
      .description(
        `Looks up what waits for an approval, shows its facts, asks once, and ${choice === 'approve' ? 'approves' : 'rejects'} it.`,
      );
    withAnswer(command)
      .addHelpText(
        'after',
        examples([
          `understudy ${choice} --why "change 4711"`,
          `understudy ${choice} --ask cutover-3f9a1c --why "change 4711" --yes`,
        ]),
      )
      .action(async (options: AnswerOptions) => {
        cli.exitCode = await answer(cli, choice, options);
      });
  }
  const command = program
    .command('answer')
    .summary('answer any question of a run')
    .description('Looks up what waits, shows its facts, asks once, and answers it.')
    .addArgument(new Argument('<choice>', 'one of the choices that the question has').choices(CHOICES));
  withAnswer(command)
    .addHelpText(
      'after',
      examples([
        'understudy answer retry --why "disk replaced"',
        'understudy answer give-back --ask demote-51c2aa --why "too late today"',
      ]),
    )
    .action(async (choice: Choice, options: AnswerOptions) => {
      cli.exitCode = await answer(cli, choice, options);
    });
}

const withAnswer = (command: Command): Command =>
  withCommon(withPerson(command, 'the run'))
    .option('--ask <id>', 'exactly this question; refused if it does not wait any more')
    .option('--run <id>', 'of this run only')
    .option('-y, --yes', 'do not ask back');

function answer(cli: Cli, choice: Choice, options: AnswerOptions): Promise<ExitCode> {
  const person = personOf(options);
  return withSession(options, { worker: true }, async (session) => {
    const meant = await find(session, options);
    if (!(await sure(cli, session, meant, choice, options))) {
      cli.io.err('Nothing was answered.');
      if (options.json) printResult(cli, options, { run: meant.run, ask: meant.ask.id, answered: false }, '');
      return EXIT.refused;
    }
    const given: Answer = { ask: meant.ask.id, choice, ...person };
    await session.understudy.run(meant.run).answer(given);
    printResult(
      cli,
      options,
      { run: meant.run, answer: given },
      cli.style.green(`${meant.run}: ${choice} (${meant.ask.id})`),
    );
    return EXIT.done;
  });
}

async function find(session: Session, options: AnswerOptions): Promise<OpenAsk> {
  const { chooseAsk, openAsks } = await import('../open-asks.ts');
  const { asks, silent } = await openAsks(session.understudy, options.run);
  // A run that does not tell may be the one that is meant; without any ask that is the likelier reason.
  if (asks.length === 0 && silent.length > 0) throw silent[0]?.error;
  return chooseAsk(asks, options.ask);
}

async function sure(
  cli: Cli,
  { commands }: Session,
  meant: OpenAsk,
  choice: Choice,
  options: AnswerOptions,
): Promise<boolean> {
  const { ask, run, status } = meant;
  if (!ask.choices.includes(choice)) {
    throw new UserProblem(EXIT.refused, `"${choice}" is no choice of ${ask.id}: ${ask.choices.join(', ')}`);
  }
  const { io, style } = cli;
  io.err(`${style.bold(run)}  ${runTitle(status)}\n${renderAsk(style, ask, commands)}`);
  if (options.yes) return true;
  if (!io.interactive) throw usageProblem('nobody can be asked here: say --yes to answer without a question');
  return confirmed(cli, `Answer ${style.bold(choice)}?`);
}
