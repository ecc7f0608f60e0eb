import type { Finding } from '../../model/finding.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const ORDER: readonly Finding['level'][] = ['error', 'warning', 'note', 'ok'];

/** Errors first; what to do stands under the table, beside what it is about. */
export function renderFindings(style: Style, findings: readonly Finding[]): string {
  const sorted = sortFindings(findings);
  const rows = sorted.map(({ level, site = '', component = '', topic, says }) => [
    paint(style, level)(level),
    site,
    component,
    topic,
    says,
  ]);
  const open = sorted.filter((finding) => finding.todo && finding.level !== 'ok');
  const todo = new Set(open.map((finding) => `  ${where(finding)}: ${finding.todo}`));
  return [
    table(style, ['LEVEL', 'SITE', 'COMPONENT', 'TOPIC', 'FOUND'], rows),
    ...(todo.size > 0 ? ['', style.bold('To do'), ...todo] : []),
    '',
    summary(style, sorted),
  ].join('\n');
}

/** What several saw alike is told once. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const once = new Map(findings.map((finding) => [`${finding.level} ${where(finding)}: ${finding.says}`, finding]));
  return [...once.values()].sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}

const where = ({ site, component, topic }: Finding): string => [site, component, topic].filter(Boolean).join(' ');

function summary(style: Style, findings: readonly Finding[]): string {
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors > 0) return style.red(`${errors} ${errors === 1 ? 'error' : 'errors'}, ${plural(warnings, 'warning')}`);
  return (warnings > 0 ? style.yellow : style.green)(`no errors, ${plural(warnings, 'warning')}`);
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function paint(style: Style, level: Finding['level']): (text: string) => string {
  switch (level) {
    case 'error':
      return style.red;
    case 'warning':
      return style.yellow;
    case 'ok':
      return style.green;
    case 'note':
      return style.dim;
  }
}
