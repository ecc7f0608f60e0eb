import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UNKNOWNS, type UnknownName } from '../../../demo/simulator/unknowns.ts';
import type { GivenUpJob } from '../../../model/facts.ts';
import { packageRoot } from '../../../tools/package-root.ts';
import { BOTH, NEW, OLD, packageOf, type Rig, type RigOptions, rig, signal, work } from './rig.ts';

/**
 * Whatever a real server turns out to do, a whole cycle works with it or is refused with words that say what to do:
 * one row for each value of each switch. Refusals are allowed only for an enable verb that is not known, another key, and
 * a server that restores with running engines alone (a fault of the simulator: no standby can have it).
 * The README of the simulator has what came out as a table.
 */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  'scheduleEnableV3=none': /no known way to disable its schedules/,
  'scheduleEnableV4=none': /no known way to disable its schedules/,
  'automationEnableV3=none': /no known way to disable its automations/,
  'automationEnableV4=none': /no known way to disable its automations/,
  'streamEnable=none': /no known way to disable its streams/,
  'otherKey=refused': /sites have different encryption keys\. Download the key at the active/,
  'otherKey=unreadable': /encryption key differs from the active's/,
  'unreadableConnection=error': /encryption key differs from the active's/,
  // Reading such a connection shows nothing; a smoke job that uses it does.
  'unreadableConnection=looks-normal': /smoke job .*? could not be decrypted/,
  'restoreNeedsEngines=waits': /A server that only restores while its engines run cannot be a standby/,
  'restoreNeedsEngines=fails': /This server restores only with running engines, which a standby must not have/,
};

/** Where a switch of one version matters; all others are tried where both versions are served. */
const BUILD: Partial<Record<UnknownName, number>> = {
  taskWordsV3: OLD,
  scheduleEnableV3: OLD,
  automationEnableV3: OLD,
  unhealthyV3: OLD,
  v3FromBuild26100: NEW,
  taskWordsV4: NEW,
  taskTypesV4: NEW,
  badPackageV4: NEW,
  singleDownloadV4: NEW,
  infoFieldsV4: NEW,
  downloadZipCompression: NEW,
  rangeRequests: NEW,
  jobDetailsV4: NEW,
  jobDoneV4: NEW,
};

/** Where the code that meets a switch differs with the version of the API: its other values are tried at these builds too. */
const EVERYWHERE: readonly UnknownName[] = [
  'versionNeedsLogin',
  'parallelTasks',
  'tasksAfterRestart',
  'streamEnable',
  'publicationEnable',
  'otherKey',
  'unreadableConnection',
  'restoredState',
  'updateReenables',
  'securityOnOverwrite',
  'afterRestore',
  'licenceAfterRestore',
  'jobHistoryInBackup',
  'readinessNeedsEngines',
];
/** Switches whose first value, which all the others run with, is met only with what the row adds. */
const ALSO_DEFAULT: readonly UnknownName[] = ['parallelTasks', 'tasksAfterRestart', 'otherKey', 'unreadableConnection'];

const SMOKE = { repository: 'Orders', workspace: 'smoke.fmw', queue: 'Fast' };
const CANARY_JOB = { repository: 'Orders', workspace: 'connection.fmw', parameters: { CONNECTION: 'canary' } };

interface Row {
  readonly options?: RigOptions;
  /** Instead of one restore. */
  restore?(pair: Rig, bytes: Buffer): Promise<unknown>;
}

/** What a switch needs beyond the common cycle for its value to be met. */
const ROWS: Readonly<Record<string, Row>> = {
  taskWordsV3: { restore: failThenSucceed },
  taskWordsV4: { restore: failThenSucceed },
  parallelTasks: { options: { standbySettings: { backupMs: 300 } }, restore: besideAnother },
  tasksAfterRestart: { options: { standbySettings: { restoreMs: 3_000 } }, restore: throughARestart },
  otherKey: { options: { standbySettings: { encryptionKey: 'another' } } },
  unreadableConnection: {
    options: {
      standbySettings: { encryptionKey: 'another' },
      unknowns: { otherKey: 'unreadable' },
      config: { smoke: CANARY_JOB },
    },
  },
  afterRestore: { options: { standbySettings: { restartMs: 150 } } },
  badPackageV4: { options: { config: { transfer: 'stream' } }, restore: badThenGood },
  'restoreNeedsEngines=waits': { restore: withoutEngines('waits', 500) },
  'restoreNeedsEngines=fails': { restore: withoutEngines('fails') },
};

interface Tried {
  readonly name: UnknownName | 'restoreNeedsEngines';
  readonly value: string;
  readonly build: number;
  readonly label: string;
}

const switches = Object.entries(UNKNOWNS).flatMap(([key, { values }]): readonly Tried[] => {
  const name = key as UnknownName;
  return values.flatMap((value: string, index) => {
    const everywhere = EVERYWHERE.includes(name) && (index > 0 || ALSO_DEFAULT.includes(name));
    const builds = everywhere ? [OLD, BOTH, NEW] : [BUILD[name] ?? BOTH];
    return builds.map((build) => ({ name, value, build, label: `${name}=${value}` }));
  });
});
const faults = ['waits', 'fails'].flatMap((value): readonly Tried[] =>
  [OLD, BOTH, NEW].map((build) => {
    const name = 'restoreNeedsEngines';
    return { name, value, build, label: `${name}=${value}` };
  }),
);
const rows = [...switches, ...faults];

/** Row → what came of it, without what differs from run to run. */
const outcomes = new Map<Tried, string>();

describe('a whole cycle with each thinkable server', () => {
  test.concurrent.for(rows)('$label at build $build', { timeout: 90_000 }, async (row) => {
    const refusal = REFUSALS[row.label];
    const outcome = await cycle(row).then(
      () => 'works',
      (error: Error) => error.message,
    );
    const said = refusal?.exec(outcome)?.[0].replace(/ \(job \d+\)/, '');
    outcomes.set(row, outcome === 'works' ? outcome : `refused: "… ${said ?? outcome} …"`);
    if (refusal) expect(outcome).toMatch(refusal);
    else expect(outcome).toBe('works');
  });
});

/** A line of the table for each switch, value and outcome, with the builds that it is the same at. */
function tableOf(): string {
  const lines = new Map<string, { readonly cells: string; readonly builds: number[]; readonly outcome: string }>();
  for (const row of rows) {
    const outcome = outcomes.get(row) ?? 'not tried';
    const key = `${row.label} ${outcome}`;
    const line = lines.get(key) ?? { cells: `\`${row.name}\` | \`${row.value}\``, builds: [], outcome };
    line.builds.push(row.build);
    lines.set(key, line);
  }
  return [
    '| switch | value | at build | a whole cycle |',
    '| --- | --- | --- | --- |',
    ...[...lines.values()].map(({ cells, builds, outcome }) => `| ${cells} | ${builds.join(', ')} | ${outcome} |`),
  ].join('\n');
}

/** The table in the README between its two marks. */
test('the README of the simulator says what came of each', () => {
  const path = join(packageRoot(), 'demo', 'simulator', 'README.md');
  const readme = readFileSync(path, 'utf8');
  const table = tableOf();
  const renewed = readme.replace(
    /(<!-- outcomes[^\n]*-->\n)[\s\S]*(<!-- end of outcomes -->)/,
    (_, begin, end) => `${begin}\n${table}\n\n${end}`,
  );
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, renewed);
  else
    expect(readme, 'UPDATE_DOCS=1 npx vitest run test/components/fme-flow/unknowns.test.ts writes it anew').toBe(
      renewed,
    );
  expect(renewed).toContain(table);
});

test('every refusal is of a row that exists', () => {
  expect(rows.map((row) => row.label)).toEqual(expect.arrayContaining(Object.keys(REFUSALS)));
});

/** Freeze, backup, restore, proof, promotion, release and jobs: what a sync and a failover do, step by step. */
async function cycle({ name, value, build }: Tried): Promise<void> {
  const row = ROWS[`${name}=${value}`] ?? ROWS[name] ?? {};
  const pair = await rig({
    build,
    ...row.options,
    config: { canary: 'canary', smoke: SMOKE, ...row.options?.config },
    unknowns: {
      jobDetailsV4: 'shown',
      ...row.options?.unknowns,
      ...(Object.hasOwn(UNKNOWNS, name) ? { [name]: value } : {}),
    },
  });
  const { active, standby } = pair;
  const enabled = await active.component.enabled(signal);
  await active.component.hold(work());
  const given = await giveUp(pair);
  await active.component.proveFrozen(work());

  await standby.component.quiet(work());
  const bytes = await pair.backup();
  if (row.restore) await row.restore(pair, bytes);
  else await pair.restore(bytes);
  expect((await pair.compare()).mismatches).toEqual([]);
  expect(await standby.component.enabled(signal)).toMatchObject({ schedules: [], automations: [], streams: [] });

  await standby.component.stage(work());
  await active.component.quiet(work());
  await standby.component.start(work());
  await standby.component.release(work(), enabled);
  expect(await standby.component.enabled(signal)).toEqual(enabled);
  // What cannot be run again is cancelled only by a person who was told so; nobody tries.
  expect(given.lost ?? false).toBe(name === 'jobDetailsV4' && value === 'hidden');
  for (let times = 0; times < 2; times++) if (!given.lost) await standby.component.resubmit(work(), given);
  await standby.component.clean(work());
  const { jobs } = standby.machine.parts;
  while (jobs.list(['queued', 'running']).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const again = pair.ledger().filter((line) => line.nonce === 'kept' && line.result === 'success');
  expect(again).toHaveLength(given.lost ? 0 : 1);
  expect(pair.runTwice()).toEqual([]);
}

/** One job of a client waits at the active behind two others, and is given up with them. */
async function giveUp({ active }: Rig): Promise<GivenUpJob> {
  await active.machine.service('stop', 'engines');
  await active.machine.parts.jobs.submit({
    repository: 'Orders',
    workspace: 'write.fmw',
    publishedParameters: [{ name: 'NONCE', value: 'kept' }],
    queue: 'Default',
    user: 'admin',
    userId: 'client',
  });
  const { queued } = await active.component.drain(signal);
  await active.component.cancel(work(), queued);
  return queued[0] as GivenUpJob;
}

async function failThenSucceed(pair: Rig, bytes: Buffer): Promise<void> {
  pair.standby.machine.setFault('taskFails', 'import');
  await expect(pair.restore(bytes)).rejects.toThrow(/failed by order/);
  pair.standby.machine.setFault('taskFails', null);
  await pair.restore(bytes);
}

/** Someone else's backup runs at the standby when the restore is posted. */
async function besideAnother(pair: Rig, bytes: Buffer): Promise<void> {
  const { url, parts } = pair.standby.machine;
  const resource = { resourceName: 'FME_SHAREDRESOURCE_BACKUP' };
  const old = parts.build === OLD;
  const other = await fetch(`${url}${old ? '/fmerest/v3/migration' : '/fmeapiv4/migrations'}/backup/resource`, {
    method: 'POST',
    headers: {
      authorization: 'fmetoken token=token-of-dc2',
      'content-type': old ? 'application/x-www-form-urlencoded' : 'application/json',
    },
    body: old
      ? new URLSearchParams({ ...resource, exportPackage: 'theirs.fsconfig' }).toString()
      : JSON.stringify({ ...resource, packagePath: 'theirs.fsconfig' }),
  });
  expect(other.status).toBe(202);
  await pair.restore(bytes);
}

/** The core goes down under the restore and comes up again; the next attempt finds out what became of it. */
async function throughARestart(pair: Rig, bytes: Buffer): Promise<void> {
  const { machine } = pair.standby;
  const first = work('key');
  const broken = pair.standby.component.restore(first, packageOf(bytes)).then(
    () => 'done',
    (error: Error) => error.message,
  );
  const imports = () => machine.parts.migration.list().filter((task) => task.type === 'IMPORT');
  while (imports().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await machine.service('stop', 'core');
  await machine.service('start', 'core');
  expect(await broken).toMatch(/restarted|stopped while|started anew/);
  await pair.standby.fresh().restore(work('key'), packageOf(bytes));
}

/** A task that has no end is given up after its limit, which is hours for a real one. */
async function badThenGood(pair: Rig, bytes: Buffer): Promise<void> {
  await expect(pair.restore(Buffer.from('no package'))).rejects.toThrow(/choose another point/);
  await pair.restore(bytes);
}

/** A task that waits for engines has no end either. */
function withoutEngines(how: 'waits' | 'fails', limit = 60_000) {
  return async ({ standby }: Rig, bytes: Buffer): Promise<void> => {
    standby.machine.setFault('restoreNeedsEngines', how);
    try {
      await standby.fresh({ task: limit }).restore(work('key'), packageOf(bytes));
    } finally {
      expect((await standby.component.observe(signal)).executing.running, 'the standby gets no engines').toBe(false);
    }
  };
}
