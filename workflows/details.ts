import type { Ask } from '../model/asks.ts';
import type { RunStatus, StepState } from '../model/status.ts';

/** Current details of a run, in Markdown: what a person sees in the Temporal UI under "Summary & Details". */

const SIGN: Readonly<Record<StepState, string>> = {
  waiting: '·',
  running: '▶',
  done: '✔',
  skipped: '↷ skipped',
  blocked: '✖ blocked',
  asking: '? asks',
  undone: '↩ undone',
  'not-needed': '– not needed',
};

export function details(status: RunStatus): string {
  const head =
    status.kind === 'failover'
      ? `### ${status.mode} failover of **${status.pair}**: ${status.from ?? '?'} → ${status.to ?? '?'}${status.source === 'gone' ? ' (without its source)' : ''}`
      : `### ${status.kind} of **${status.pair}**${status.from ? `: ${status.from} → ${status.to}` : ''}`;
  const rows = status.steps.map((step) => `| ${SIGN[step.state]} | ${step.title} | ${cell(step.note ?? '')} |`);
  return [
    head,
    ...(status.paused
      ? [`**Paused** by ${status.paused.who}: ${status.paused.why}. Go on with the signal \`resume\`.`]
      : []),
    ...(status.ask ? [askBlock(status.ask)] : []),
    ['| | step | |', '|---|---|---|', ...rows].join('\n'),
    ...(status.point ? [`Recovery point: \`${status.point}\``] : []),
    `[the pair](/namespaces/{namespace}/workflows/pair%2F${status.pair}) · claim ${status.claim ?? '–'}`,
  ].join('\n\n');
}

/** The question, the facts it rests on, and the exact JSON that answers it, one for each choice. */
function askBlock(ask: Ask): string {
  const example = (choice: string): string =>
    `{"ask": "${ask.id}", "choice": "${choice}", "who": "your name", "why": "…"}`;
  return [
    `**Waits for an answer: ${ask.title}**`,
    ask.facts.map((fact) => `- ${fact}`).join('\n'),
    'Answer with the update or signal `answer`:',
    ['```json', ...ask.choices.map(example), '```'].join('\n'),
  ].join('\n\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
