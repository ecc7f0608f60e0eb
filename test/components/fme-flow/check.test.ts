import { describe, expect, test } from 'vitest';
import { expiryOf } from '../../../activities/components/fme-flow/check-rights.ts';
import { UNKNOWNS } from '../../../activities/components/fme-flow/facts.ts';
import type { Finding } from '../../../model/finding.ts';
import { BOTH, BUILDS, NEW, OLD, type RigOptions, rig, type Side, signal, work } from './rig.ts';

const GOOD: RigOptions = {
  settings: { servicesHost: 'fme.example.com', enginesStartWithMachine: false },
  standbySettings: { servicesHost: 'fme.example.com' },
  clients: 'https://fme.example.com',
  frontDoor: true,
  config: { canary: 'canary', smoke: { repository: 'Orders', workspace: 'smoke.fmw' } },
};

const of = async (side: Side, topic: string): Promise<readonly Finding[]> =>
  (await side.component.check(signal)).filter((finding) => finding.topic === topic);
const faults = (findings: readonly Finding[]) =>
  findings.filter((finding) => finding.level === 'error' || finding.level === 'warning');

describe.each(BUILDS)('check at build %d', (build) => {
  test('finds nothing wrong with a good pair after its first sync, and changes nothing', async () => {
    const pair = await rig({ ...GOOD, build });
    await pair.restore(await pair.backup());
    await pair.active.component.start(work());
    await pair.active.component.hold(work());
    const before = JSON.stringify(pair.standby.machine.store.list('schedules'));
    const found = await pair.standby.component.check(signal);
    expect(faults(found)).toEqual([]);
    expect(JSON.stringify(pair.standby.machine.store.list('schedules'))).toBe(before);
    expect(found.every((finding) => finding.site === 'dc2' && finding.component === 'flow')).toBe(true);
  });

  test('lists every fact that no source confirms, with what was found', async () => {
    const { active } = await rig({ build });
    const found = await active.component.check(signal);
    for (const name of Object.keys(UNKNOWNS)) expect(found.map((finding) => finding.topic)).toContain(`fact ${name}`);
    expect(found.find((finding) => finding.topic === 'fact apis')?.says).toContain(
      { 23166: 'v3 and v4', 25606: 'v3 and v4', 26100: 'Found: v4' }[build],
    );
  });

  test('says of the facts that only a restore shows what the last one showed', async () => {
    const pair = await rig({ build });
    const fact = async (name: string) => (await of(pair.standby, `fact ${name}`))[0]?.says;
    for (const name of ['enginesAtRestore', 'enabledAfterRestore', 'taskWords', 'licenceAfterRestore'])
      expect(await fact(name)).toContain('Found: not met yet');
    await pair.restore(await pair.backup());
    expect(await fact('enginesAtRestore')).toContain('Found: not needed');
    expect(await fact('enabledAfterRestore')).toMatch(/Found: yes: [1-9]\d* were/);
    expect(await fact('taskWords')).toMatch(/Found: ended as "success/i);
    expect(await fact('licenceAfterRestore')).toContain('Found: stays');
  });
});

test('each shared resource is in the package, covered, external or ignored; an undeclared one is an error', async () => {
  const resource = (name: string, type: 'FILE' | 'UNC' | 'AMAZON_S3', migratable: boolean) => ({
    name,
    displayName: name,
    description: '',
    type,
    migratable,
    parameters: {},
  });
  const resources = { SHARE: { component: 'share' }, BUCKET: 'external', SCRATCH: 'ignored' };
  const { active } = await rig({ config: { resources } });
  active.machine.store.put('resources', resource('SHARE', 'UNC', true));
  active.machine.store.put('resources', resource('BUCKET', 'AMAZON_S3', true));
  active.machine.store.put('resources', resource('SCRATCH', 'FILE', false));
  active.machine.store.put('resources', resource('PLANS', 'UNC', true));
  const found = await of(active, 'resources');
  expect(found.map(({ level, says }) => `${level} ${says}`)).toEqual(
    expect.arrayContaining([
      'ok FME_SHAREDRESOURCE_DATA (FILE) is in the package',
      'ok FME_SHAREDRESOURCE_LOG (FILE) is of this installation alone and is not protected',
      'ok SHARE (UNC) is covered by the component share',
      'note BUCKET (AMAZON_S3) is protected elsewhere, as configured',
      'note SCRATCH (FILE) is NOT protected, as configured',
      'error the files of PLANS (UNC) are in no package, and nobody says who protects them',
    ]),
  );
});

test('a place for our packages that the server itself puts into its packages is an error, whatever its name', async () => {
  const config = { resource: 'FME_SHAREDRESOURCE_TEMP' };
  const errors = (findings: readonly Finding[]) => findings.filter(({ level }) => level === 'error');
  const packaged = ['DATA', 'ENGINE', 'DASHBOARD', 'TEMP'].map((name) => `FME_SHAREDRESOURCE_${name}`);
  const { active } = await rig({ config, settings: { migratable: packaged } });
  expect(errors(await of(active, 'resources'))).toMatchObject([
    {
      says: expect.stringContaining('puts the files of FME_SHAREDRESOURCE_TEMP into its packages'),
      todo: expect.stringContaining('components.flow.resource'),
    },
  ]);
  const { active: good } = await rig({ config });
  expect(errors(await of(good, 'resources'))).toEqual([]);
});

test('a kind that cannot be held and is not acknowledged is an error', async () => {
  const { active } = await rig({ config: { notHeld: [] } });
  expect(await of(active, 'held publications')).toMatchObject([
    { level: 'error', todo: expect.stringContaining('notHeld: [publications]') },
  ]);
  const { active: known } = await rig({ config: { notHeld: ['publications'] } });
  expect(await of(known, 'held publications')).toMatchObject([{ level: 'note' }]);
});

test('a way of holding that the server describes is enough; one that only shows at a hold is a warning until then', async () => {
  const described = await rig({ build: BOTH });
  expect(await of(described.active, 'held automations')).toMatchObject([{ level: 'ok' }]);
  const silent = await rig({ build: OLD });
  expect(await of(silent.active, 'held automations')).toMatchObject([{ level: 'warning' }]);
  await silent.active.component.hold(work());
  expect(await of(silent.active, 'held automations')).toMatchObject([{ level: 'ok' }]);
});

test('another encryption key shows at the canary', async () => {
  const pair = await rig({
    ...GOOD,
    standbySettings: { encryptionKey: 'another' },
    unknowns: { otherKey: 'unreadable' },
  });
  const restored = pair.restore(await pair.backup());
  await expect(restored).rejects.toThrow(/encryption key differs from the active's/);
  expect(await of(pair.standby, 'canary')).toMatchObject([
    { level: 'error', says: expect.stringContaining('upload it here') },
  ]);
});

test('where the server has no connections to read, the canary says so', async () => {
  const { active } = await rig({
    build: OLD,
    config: { canary: 'canary' },
    settings: { v4From: { connections: 30_000 } },
  });
  expect(await of(active, 'canary')).toMatchObject([{ level: 'warning', says: expect.stringContaining('no API') }]);
});

test.each(BUILDS)('licence, token and engines that are not as they must be are found, at build %d', async (build) => {
  const { active } = await rig({
    build,
    settings: { tokens: [{ name: 'understudy-dc1', token: 'token-of-dc1', secondsToExpiry: 3 * 86_400 }] },
  });
  expect(await of(active, 'token expiry')).toMatchObject([
    { level: 'error', says: expect.stringContaining('in 2 days') },
  ]);
  expect(await of(active, 'engines')).toMatchObject([{ level: 'warning', says: expect.stringContaining('promise 9') }]);
  expect(await of(active, 'service hosts')).toMatchObject([{ level: 'warning' }]);
  active.machine.setFault('unlicensed', true);
  expect(await of(active, 'licence')).toMatchObject([{ level: 'error' }]);
});

test('what is said of the token is what was read with it, and no more', async () => {
  const { active } = await rig();
  const found = await of(active, 'token');
  expect(found).toMatchObject([
    {
      level: 'ok',
      says: expect.stringMatching(/allowed to read the tasks of Backup & Restore, the licence and the users/),
    },
  ]);
  expect(found[0]?.says).not.toMatch(/administrator/);
});

test.each([
  [{ expirationDate: '2026-03-01T00:00:00Z' }, 'ok', /expires 2026-03-01, in 59 days/],
  [{ expiration: '2026-01-21T00:00:00Z' }, 'warning', /in 20 days/],
  [{ expiration: '2026-01-04T00:00:00Z' }, 'error', /in 3 days/],
  [{ expirationDate: '0001-01-01T00:00:00Z' }, 'ok', /does not expire/],
  [{}, 'warning', /is not told/],
  [{ expiration: null }, 'warning', /is not told/],
  [{ expiration: 'never' }, 'warning', /is not told/],
  [{ validUntil: '2026-01-02T00:00:00Z' }, 'warning', /is not told/],
] as const)('a token whose record says %j is: %s', (fields, level, says) => {
  const finding = expiryOf({ name: 'sync', ...fields }, Date.parse('2026-01-01T00:00:00Z'));
  expect(finding).toMatchObject({ level, says: expect.stringMatching(says) });
});

test('a clock that is off, and a list that ends early, are found', async () => {
  const { active } = await rig();
  expect(await of(active, 'clock')).toMatchObject([{ level: 'ok' }]);
  expect(await of(active, 'time zone')).toMatchObject([{ says: expect.stringContaining('+0000') }]);
  active.machine.setFault('clockSkewMs', 60_000);
  expect(await of(active, 'clock')).toMatchObject([{ level: 'warning' }]);
  active.machine.setFault('incompleteList', { path: '/automations', how: 'short', missing: 1 });
  expect((await of(active, 'inventory')).at(-1)).toMatchObject({
    level: 'error',
    says: expect.stringContaining('automations'),
  });
});

test.each([
  [-60_000, 'Z', 'ok', /^started/],
  [-60_000, '+01:00', 'ok', /^started/],
  [-60_000, ' CET', 'ok', /^started/],
  [-60_000, '', 'warning', /does not say in which time zone/],
  [86_400_000, 'Z', 'warning', /still to come/],
] as const)('a start that is told as %d ms from now, with "%s" for a zone: %s', async (from, zone, level, says) => {
  const since = new Date(Date.now() + from).toISOString().replace('Z', zone);
  const { active } = await rig({ since: () => since });
  expect((await of(active, 'start time')).at(-1)).toMatchObject({ level, says: expect.stringMatching(says) });
});

test.each([OLD, BOTH])("the server's own time zone can be compared across the sites, at build %d", async (build) => {
  const pair = await rig({ build });
  expect((await pair.active.component.observe(signal)).timeZone).toBe('+0000');
  pair.standby.machine.setFault('timeZone', '+0530');
  expect((await pair.standby.component.observe(signal)).timeZone).toBe('+0530');
  expect(await of(pair.standby, 'time zone')).toMatchObject([{ says: expect.stringContaining('+0530') }]);
});

test('a server that does not tell its time zone says so', async () => {
  const { active } = await rig({ build: NEW });
  expect((await active.component.observe(signal)).timeZone).toBeUndefined();
  expect(await of(active, 'time zone')).toMatchObject([{ level: 'note', todo: expect.stringContaining('by hand') }]);
});

test('a folder that is there and cannot be listed is named', async () => {
  const { active } = await rig({ build: OLD });
  active.machine.setFault('httpError', {
    method: 'GET',
    status: 404,
    path: '/FME_SHAREDRESOURCE_DATA/filesys/orders$',
  });
  expect((await of(active, 'inventory')).filter(({ level }) => level === 'error')).toMatchObject([
    {
      says: expect.stringContaining('FME_SHAREDRESOURCE_DATA/orders'),
      todo: expect.stringContaining('components.flow.resources'),
    },
    { says: expect.stringContaining('files') },
  ]);
});

test('a token without the right is one finding, and the others are found all the same', async () => {
  const { active } = await rig({
    settings: { tokens: [{ name: 'understudy-dc1', token: 'token-of-dc1', restricted: true }] },
  });
  const found = await active.component.check(signal);
  expect(found).toContainEqual(
    expect.objectContaining({ topic: 'token', level: 'error', says: expect.stringMatching(/not the right/) }),
  );
  expect(found).toContainEqual(expect.objectContaining({ topic: 'health', level: 'ok' }));
});

test('a server that does not answer is one finding', async () => {
  const { active } = await rig();
  await active.machine.service('stop', 'core');
  expect(await active.component.check(signal)).toMatchObject([{ topic: 'reachability', level: 'error' }]);
});
