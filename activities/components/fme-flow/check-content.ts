import { words } from '../../../model/duration.ts';
import type { Finding } from '../../../model/finding.ts';
import type { Parts } from './context.ts';
import { list } from './hold.ts';
import { readInventory } from './inventory.ts';
import type { Flow } from './probe.ts';
import { serverTimeZone } from './time-zone.ts';

/** More than this between two clocks makes times in logs and reports misleading. */
const SKEW = 5_000;

/** The server's clock against this worker's, and its time zone: schedules fire by it, so both sites need the same. */
export async function checkClock(parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const before = Date.now();
  const answer = await parts.http.call('GET', '/fmeinfo/version', { signal, expect: [200, 401, 403, 404] });
  const findings: Finding[] = [];
  if (answer.date !== undefined) {
    // The header has whole seconds, and the answer was some time on its way.
    const skew = Math.max(0, Math.abs(Date.parse(answer.date) + 500 - (before + Date.now()) / 2) - 500);
    const says = `its clock is ${words(skew)} off this worker's`;
    findings.push(
      skew > SKEW
        ? { level: 'warning', topic: 'clock', says, todo: 'let both machines follow the same time servers' }
        : { level: 'ok', topic: 'clock', says },
    );
  }
  const zone = await serverTimeZone(parts, flow, signal);
  const topic = 'time zone';
  findings.push(
    zone === undefined
      ? {
          level: 'note',
          topic,
          says: 'this server does not tell its time zone: both sites need the same',
          todo: 'compare the time zones of the two machines by hand',
        }
      : { level: 'ok', topic, says: `time zone ${zone}; it is compared with that of the other site` },
  );
  return findings;
}

/** What is compared between the sites, and what of it this server does not let us see whole. */
export async function checkInventory(parts: Parts, _flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const topic = 'inventory';
  const unlisted: string[] = [];
  const inventory = await readInventory(parts, signal, (place) => void unlisted.push(place));
  const partial = Object.keys(inventory).filter((kind) => inventory[kind] === null);
  const counts = Object.entries(inventory).flatMap(([kind, items]) =>
    items ? [`${Object.keys(items).length} ${kind}`] : [],
  );
  const findings: Finding[] = [{ level: 'ok', topic, says: `compared between the sites: ${counts.join(', ')}` }];
  if (unlisted.length > 0)
    findings.push({
      level: 'error',
      topic,
      says: `the server names ${list(unlisted)}, and answers 404 where the files in it are listed`,
      todo: `make the folder on its system share, or take the resource out of the comparison: components.${parts.context.name}.resources`,
    });
  if (partial.length > 0)
    findings.push({
      level: 'error',
      topic,
      says: `the server does not give the whole list of ${partial.join(', ')}: a sync cannot be proved`,
      todo: 'look at its log; a token without all rights sees less',
    });
  if (inventory['file sizes'] === undefined && Object.keys(inventory.files ?? {}).length > 0)
    findings.push({
      level: 'note',
      topic,
      says: 'this build does not tell the sizes of files: they are compared by name alone, and a change inside of one is not seen',
    });
  return findings;
}
