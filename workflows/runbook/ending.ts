import { words } from '../../model/duration.ts';
import { cut, oneLine, utc } from '../markdown.ts';
import type { Report } from './finish.ts';

/** A report, and whether the source took no part any more. */
type Told = Report & { readonly gone: boolean };

/** How a failover ended, as its details say it: what is true now, what it cost, and what a person should know. */
export function ending(result: Report, gone: boolean): string {
  const report = { ...result, gone };
  const { why, notes } = report;
  return [
    `**${OUTCOME[report.outcome](report)}**${why && report.outcome !== 'cancelled' ? ` ${sentence(why)}` : ''}`,
    ...(report.outcome === 'committed' ? [cost(report)] : []),
    ...(notes.length > 0
      ? [
          notes
            .slice(0, SHOWN)
            .map((note) => `- ${cut(oneLine(note), 300)}`)
            .join('\n'),
        ]
      : []),
    ...(notes.length > SHOWN ? [`… and ${notes.length - SHOWN} more in the result`] : []),
  ].join('\n\n');
}

const SHOWN = 10;

const sentence = (text: string): string => oneLine(text).replace(/[^.?!]$/, '$&.');

/** Something was changed, and undone. */
const stays = (report: Told): string => (report.gone ? `${report.to} was not promoted.` : kept(report));

const kept = ({ claim, from, verdict }: Report): string =>
  claim && !verdict
    ? `${from} keeps the active role.`
    : claim
      ? `${from} has the active role again.`
      : 'Nothing was changed.';

const OUTCOME: Readonly<Record<Report['outcome'], (report: Told) => string>> = {
  committed: ({ to }) => `Done: ${to} is the active site.`,
  rejected: (report) => `Rejected. ${stays(report)}`,
  'given-back': (report) => `Given back. ${stays(report)}`,
  aborted: () => 'Ended by a person. What is true at the sites, the pair tells.',
  'already-there': ({ to }) => `Nothing to do: ${to} has the active role.`,
  cancelled: (report) => `Cancelled. ${stays(report)}`,
};

function cost({ point, pointTime, rpo, rto, frozenAt, redirectedAt, gone, from, verdict }: Told): string {
  const lost = gone
    ? `What ${from} wrote after ${pointTime ? utc(pointTime) : 'the recovery point'} is lost (${words(rpo ?? 0)}, counted to when its loss was stated to this run).`
    : 'Nothing that was accepted before the freeze was lost.';
  const out =
    frozenAt && redirectedAt
      ? ` Clients were out for ${words(Date.parse(redirectedAt) - Date.parse(frozenAt))}.`
      : rto === undefined
        ? ''
        : gone || frozenAt
          ? ` It served again after ${words(rto)}.`
          : ` ${words(rto)} after the freeze it was proved to serve.`;
  const fenced = verdict
    ? ` ${from} is fenced${verdict.result === 'asserted' ? `, as ${verdict.who ?? 'a person'} asserts` : ''}.`
    : '';
  return `${lost}${out}${fenced}${point ? ` Recovery point \`${point}\`.` : ''}`;
}
