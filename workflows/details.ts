import type { Ask, Choice } from '../model/asks.ts';
import { words } from '../model/duration.ts';
import { pairWorkflowId } from '../model/names.ts';
import type { RunStatus, StepState, StepStatus } from '../model/status.ts';
import { clock, code, cut, json, oneLine, runLink, table, utc } from './markdown.ts';

/** Current details of a run, in Markdown: what a person sees in the Temporal UI beside its summary. A few KB at most. */

const SIGN: Readonly<Record<StepState, string>> = {
  waiting: '·',
  running: '▶',
  done: '✔',
  skipped: '↷',
  blocked: '✖',
  asking: '?',
  undone: '↩',
  'not-needed': '–',
};

/** States that their sign does not tell by itself. */
const WORD: Partial<Record<StepState, string>> = {
  skipped: 'skipped',
  blocked: 'blocked',
  asking: 'waits for an answer',
  undone: 'undone',
  'not-needed': 'not needed',
};

export function details(status: RunStatus): string {
  const { ended, ask, paused, refused } = status;
  return [
    `### ${title(status)}`,
    ...(ended ? [ended] : []),
    ...(paused && !ended
      ? [
          `**Paused** by ${paused.who}: ${oneLine(paused.why)}. It goes on with the update \`resume\`, which has no input.`,
        ]
      : []),
    ...(ask ? [question(ask)] : []),
    ...(refused && !ended ? [`**The last signal was not taken:** ${code(cut(oneLine(refused), 400))}`] : []),
    ...(ask ? [answers(ask)] : []),
    table(
      ['step', 'what came of it'],
      status.steps.map((step) => row(step, ended !== undefined)),
    ),
    [
      ...(status.point ? [`recovery point \`${status.point}\``] : []),
      ...(status.claim ? [`claim ${status.claim}`] : []),
      runLink('the pair', pairWorkflowId(status.pair)),
    ].join(' · '),
  ].join('\n\n');
}

function title({ kind, pair, mode, from, to, source }: RunStatus): string {
  const way = from || to ? `: ${from ?? '?'} → ${to ?? '?'}` : '';
  const what = mode ? `${mode} ${kind}` : kind;
  const gone = source === 'gone' && mode === 'planned' ? ', now without its source' : '';
  return `${what.charAt(0).toUpperCase()}${what.slice(1)} of ${pair}${way}${gone}`;
}

function row({ state, title, note, startedAt, endedAt }: StepStatus, ended: boolean): readonly [string, string] {
  const current = state === 'running' || state === 'asking' || state === 'blocked';
  const now = current && !ended;
  const word = current && ended ? 'ended here' : WORD[state];
  const says = [
    ...(word ? [word] : []),
    ...(note ? [cut(oneLine(note), 160)] : []),
    ...(now && startedAt ? [`since ${clock(startedAt)}`] : []),
    ...(state === 'done' && startedAt && endedAt ? [words(Date.parse(endedAt) - Date.parse(startedAt))] : []),
  ];
  const name = `${SIGN[current && ended ? 'blocked' : state]} ${title}`;
  return [now ? `**${name}**` : name, says.join('; ')];
}

/** Characters of a question. What it says already is not said again as a fact. */
const TITLE = 600;

/** What is asked, and the facts that the answer rests on. */
function question(ask: Ask): string {
  const said = (fact: string): boolean =>
    (ask.title.length <= TITLE && ask.title.endsWith(fact.replace(/^\w+: /, ''))) ||
    ask.choices.some((choice) => fact === meaning(ask, choice));
  const facts = ask.facts.filter((fact) => !said(fact));
  return [
    `> **${cut(oneLine(ask.title), TITLE)}**`,
    `Waits for an answer since ${utc(ask.openedAt)}.`,
    ...(facts.length > 0 ? [facts.map((fact) => `- ${cut(oneLine(fact), 1_000)}`).join('\n')] : []),
  ].join('\n\n');
}

/** The exact JSON that answers it, one for each choice, with what the choice means. */
const answers = (ask: Ask): string =>
  [
    'Answer by *More Actions*, *Send an Update*, `answer`, with one of these; fill in who you are and why. Then press R here.',
    ...ask.choices.flatMap((choice) => [
      `**${choice}**${(meaning(ask, choice) ?? '').slice(choice.length)}`,
      // Empty ones are refused: nobody answers as "your name". Two lines, since the UI does not wrap them.
      json(`{"ask": "${ask.id}", "choice": "${choice}",\n "who": "", "why": ""}`),
    ]),
  ].join('\n\n');

/** The fact that tells what a choice does begins with its name. */
const meaning = (ask: Ask, choice: Choice): string | undefined =>
  ask.facts.find((fact) => fact.startsWith(`${choice}: `));
