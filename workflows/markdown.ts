import { CONTROL_QUEUE } from '../model/names.ts';

/** Pieces of Markdown for the Temporal UI, which renders tables without borders or padding and fills in `{namespace}`. */

/** An em space that is not trimmed off a cell, because something invisible follows it. */
const GAP = '\u2003\u200B';

/** A table whose columns stand apart; all begin at the left, and what is named in the first one stays on one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const last = head.length - 1;
  const line = ([first = '', ...others]: readonly string[]): string =>
    `| ${[fixed(first), ...others].map((text, at) => `${cell(text)}${at < last ? GAP : ''}`).join(' | ')} |`;
  return [line(head), `|${head.map(() => ':---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Half of the narrow pane that the UI has for it is left to the other columns. */
const fixed = (text: string): string => (text.length <= 34 ? text.replaceAll(' ', '\u00A0') : text);

const cell = (text: string): string => oneLine(text).replaceAll('|', '\\|');

/** Texts of failures come with line breaks, which would end a list or a table. */
export const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, ' ');

export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 2)} …` : text;

/** `2026-11-24 03:12:07 UTC` of an ISO time. */
export const utc = (iso: string): string => `${iso.slice(0, 10)} ${clock(iso)} UTC`;
export const clock = (iso: string): string => iso.slice(11, 19);

const place = (path: string): string => `/namespaces/{namespace}/${path}`;

/** Workflow ids have slashes, which have to be encoded. */
export const runLink = (text: string, id: string): string =>
  `[${text}](${place(`workflows/${encodeURIComponent(id)}`)})`;

/** The form that starts a workflow. With an id, it is filled with what was started under that id before. */
export const startLink = (text: string, type: string, id: string): string =>
  `[${text}](${place(`workflows/start-workflow?taskQueue=${CONTROL_QUEUE}&workflowType=${type}&workflowId=${encodeURIComponent(id)}`)})`;

export const listLink = (text: string, query: string): string =>
  `[${text}](${place(`workflows?query=${encodeURIComponent(query)}`)})`;

export const scheduleLink = (text: string, id: string): string =>
  `[${text}](${place(`schedules/${encodeURIComponent(id)}`)})`;

/** Out of code, the UI turns quotation marks into curly ones, which are no JSON. */
export const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;

export const json = (text: string): string => ['```json', text, '```'].join('\n');
