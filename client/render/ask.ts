import type { Ask, Choice } from '../../model/asks.ts';
import type { Style } from './style.ts';
import { time } from './units.ts';

/** A question with its facts, and the exact commands that answer it. */
export function renderAsk(style: Style, ask: Ask, command: CommandOptions): string {
  const facts = ask.facts.map((fact) => `    ${fact}`);
  const answers = ask.choices.map((choice) => `    ${answerCommand(ask, choice, command)}`);
  return [
    `${style.yellow(style.bold(`? ${ask.title}`))}  ${style.dim(`[${ask.id}, open since ${time(ask.openedAt)}]`)}`,
    ...facts,
    '  Answer with one of:',
    ...answers,
  ].join('\n');
}

export interface CommandOptions {
  /** As given on the command line; undefined for the default. */
  readonly config?: string;
}

/** `understudy approve --ask cutover-3f9a1c --why "…"`. */
export function answerCommand(ask: Pick<Ask, 'id'>, choice: Choice, options: CommandOptions): string {
  const verb = choice === 'approve' || choice === 'reject' ? choice : `answer ${choice}`;
  return command(`${verb} --ask ${ask.id} --why "…"`, options);
}

/** A command of ours that can be copied into a shell. */
export const command = (words: string, { config }: CommandOptions): string =>
  `understudy ${words}${config === undefined ? '' : ` --config ${quoted(config)}`}`;

/** The same for commands in a sentence of who does not know the option: a site's worker, a workflow, a part of ours. */
export const commandsIn = (text: string, options: CommandOptions): string =>
  options.config === undefined ? text : text.replace(OURS, (_, words) => command(words, options));

/** Commands that are not shown with a configuration already. */
const OURS =
  /\bunderstudy ((?:setup|up|worker|check|status|points)\b(?![\w:. -]* --config)(?: --[a-z]+(?: site:[\w-]+)?)*)/g;

const quoted = (path: string): string => (/^[\w./\\:@-]+$/.test(path) ? path : JSON.stringify(path));
