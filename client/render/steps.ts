import { words } from '../../model/duration.ts';
import type { RunStatus, StepState, StepStatus } from '../../model/status.ts';
import type { Style } from './style.ts';

const MARKS: Readonly<Record<StepState, string>> = {
  waiting: '·',
  running: '▸',
  done: '✔',
  skipped: '–',
  blocked: '✖',
  asking: '?',
  undone: '↩',
  'not-needed': '–',
};

function paint(style: Style, state: StepState): (text: string) => string {
  switch (state) {
    case 'done':
      return style.green;
    case 'running':
      return style.cyan;
    case 'asking':
      return style.yellow;
    case 'blocked':
      return style.red;
    case 'undone':
      return style.yellow;
    case 'waiting':
    case 'skipped':
    case 'not-needed':
      return style.dim;
  }
}

/** One line of the step table: mark, title, how long it took, what came out. `titleWidth` aligns it with others. */
export function stepLine(style: Style, step: StepStatus, now: number, titleWidth = step.title.length): string {
  const color = paint(style, step.state);
  const begun = step.startedAt === undefined ? undefined : Date.parse(step.startedAt);
  const end = step.endedAt === undefined ? now : Date.parse(step.endedAt);
  const took = begun === undefined || step.state === 'waiting' ? '' : words(Math.max(0, end - begun));
  const note = step.note ? style.dim(`  ${step.note.split('\n')[0]}`) : '';
  return `${color(`${MARKS[step.state]} ${step.title.padEnd(titleWidth)} ${step.state.padEnd(10)}`)} ${took.padStart(10)}${note}`.trimEnd();
}

/** Of the longest title of a run. */
export const titleWidth = (status: RunStatus): number => Math.max(0, ...status.steps.map((step) => step.title.length));

/** `failover of orders: dc1 → dc2, planned`. */
export function runTitle(status: RunStatus): string {
  const way = status.from && status.to ? `: ${status.from} → ${status.to}` : status.to ? `: to ${status.to}` : '';
  const mode = status.mode ? `, ${status.mode}` : '';
  const gone = status.source === 'gone' ? ', source gone' : '';
  const paused = status.paused ? `, paused by ${status.paused.who}: ${status.paused.why}` : '';
  return `${status.kind} of ${status.pair}${way}${mode}${gone}${paused}`;
}
