import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { measureOrchestration, median } from './orchestration.ts';
import { measureSync } from './sync.ts';
import { measureSyncMemory, type SyncMemory } from './sync-memory.ts';

/**
 * `npm run bench`: what Understudy itself costs, as a table; `npm run --silent bench -- --json`: as one JSON object on
 * standard output. Without `--silent` npm writes lines of its own before it.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    'sync-runs': { type: 'string', default: '3' },
    gb: { type: 'string', multiple: true, default: ['0.1', '1', '4'] },
    only: { type: 'string' },
  },
});

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } });
const say = (line: string): void => console.error(line);
const part = async <T>(name: string, measure: () => Promise<T>): Promise<T | undefined> =>
  values.only === undefined || values.only === name ? measure() : undefined;

const orchestration = await part('orchestration', () => measureOrchestration(Math.max(3, Number(values.runs)), say));
const rss = await part('memory', async () => {
  const sizes: { gb: number; workerMb: number; treeMb: number }[] = [];
  for (const gb of values.gb.map(Number)) {
    const runs: SyncMemory[] = [];
    for (let each = 0; each < 3; each++) {
      runs.push(await measureSyncMemory(gb, () => undefined));
      say(`memory: ${JSON.stringify(runs.at(-1))}`);
    }
    sizes.push({
      gb,
      workerMb: median(runs.map((run) => run.workerMb)),
      treeMb: median(runs.map((run) => run.treeMb)),
    });
  }
  return sizes;
});

const sync = await part('sync', () => measureSync(Number(values['sync-runs']), say));

/** What has a limit, each as measured and at most; a bench that breaks one ends with 1. */
const limits: readonly (readonly [string, number | undefined, number])[] = [
  ['overhead.ratio', orchestration?.overhead.ratio, 1.5],
  ['overhead.activities', orchestration?.overhead.activities, 40],
  ['history.sync', orchestration?.history.sync, 120],
  ['history.failover', orchestration?.history.failover, 400],
  ...(rss ?? []).flatMap(
    ({ gb, workerMb, treeMb }) =>
      [
        [`rss of ${gb} GB, worker`, workerMb, 300],
        [`rss of ${gb} GB, tree`, treeMb, 800],
      ] as const,
  ),
  ['sync.first.ratio', sync?.first.ratio, 1.25],
  ['sync.changed.ratio', sync?.changed.ratio, 1.0],
  ['sync.changed.bytesMoved', sync?.changed.bytesMoved, sync ? 1.2 * sync.changed.bytesChanged + 1e6 : 0],
  ['sync.workerMb', sync?.workerMb, 300],
];
for (const [name, value, most] of limits)
  if (value !== undefined && value > most) {
    say(`${name} is ${value}, and at most ${most} is wanted`);
    process.exitCode = 1;
  }

const result = { ...orchestration, ...(rss ? { rss } : {}), ...(sync ? { sync } : {}) };
if (values.json) console.log(JSON.stringify(result));
else {
  const rows: (readonly [string, string, string])[] = [];
  if (orchestration) {
    const { overhead, history } = orchestration;
    rows.push([
      'orchestration of a planned failover',
      `${overhead.failoverMs} ms`,
      `${overhead.ratio} × ${overhead.activities} bare activities (${overhead.bareMs} ms); at most 1.5`,
    ]);
    rows.push(['history of one sync', `${history.sync} events`, 'at most 120']);
    rows.push(['history of one planned failover', `${history.failover} events`, 'at most 400']);
  }
  for (const { gb, workerMb, treeMb } of rss ?? [])
    rows.push([`peak memory, ${gb} GB`, `${workerMb} MB worker`, `${treeMb} MB tree; at most 300 and 800`]);
  if (sync) {
    const { first, changed } = sync;
    const against = (part: typeof first): string =>
      `${part.syncMs} ms beside the script's ${part.scriptMs}; the simulator's own ${part.simulatorMs.join(' and ')} apart`;
    rows.push(['first sync of 500 MB', `${first.ratio} × a script`, `${against(first)}; at most 1.25`]);
    rows.push(['sync with 1 % changed', `${changed.ratio} × a script`, `${against(changed)}; at most 1.0`]);
    rows.push(['peak memory, package in pieces', `${sync.workerMb} MB worker`, 'at most 300']);
    const most = Math.round(1.2 * changed.bytesChanged + 1e6);
    rows.push(['bytes moved for it', `${changed.bytesMoved}`, `${changed.bytesChanged} changed; at most ${most}`]);
  }
  for (const [what, value, against] of rows) console.log(`${what.padEnd(40)} ${value.padEnd(18)} ${against}`);
}
