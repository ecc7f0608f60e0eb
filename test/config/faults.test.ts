import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { Path } from '../../activities/config/problems.ts';
import { changed, faultsOf, GOOD, loaded } from './base.ts';

const DC1_VAULT: Path = ['sites', 'dc1', 'vault'];
const FLOW: Path = ['components', 'flow'];
const REFERENCE = 'a reference to a secret, { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }';
const NAME = 'a name of lower-case letters, digits and dashes, 31 at most';
const PROGRAM = '{ command: [/usr/local/bin/program, argument] }';
const http = (more: object) => ({ kind: 'http', name: 'second', url: 'https://fme.example.com/x', ...more });

/** What is broken in a good file (undefined: left out), and all that is said about it, after the file's name. */
const FAULTS: readonly [what: string, path: Path, value: unknown, ...lines: string[]][] = [
  // Missing
  ['the pair', ['pair'], undefined, '1  pair  is missing; for example: pair: orders'],
  ['the sites', ['sites'], undefined, '1  sites  is missing; for example: sites: { dc1: { … }, dc2: { … } }'],
  [
    'a password',
    [...DC1_VAULT, 'password'],
    undefined,
    '8  sites.dc1.vault.password  is missing; for example: password: { env: DC1_VAULT_PASSWORD }',
  ],
  [
    'a token',
    [...FLOW, 'sites', 'dc2', 'token'],
    undefined,
    '31  components.flow.sites.dc2.token  is missing; for example: token: { env: DC2_FLOW_TOKEN }',
  ],
  [
    'the engines',
    [...FLOW, 'sites', 'dc1', 'engines'],
    undefined,
    '23  components.flow.sites.dc1.engines  is missing; for example: engines: { start: …, stop: …, status: …, disable: … }',
  ],
  [
    'a section that is empty',
    ['hooks'],
    null,
    '57  hooks  is empty: give it a value, or remove the line; for example: hooks: [{ step: promote, when: after, run: { command: [/usr/local/bin/program, argument] } }]',
  ],
  [
    'a key that has to have a value',
    ['clients', 'url'],
    null,
    '4  clients.url  is empty: give it a value; for example: url: https://fme.example.com',
  ],
  [
    'a component at one site',
    ['components', 'data', 'sites', 'dc2'],
    undefined,
    '41  components.data.sites.dc2  is missing: a component exists at both sites; for example: dc2: { path: /srv/data }',
  ],

  // Not right by itself
  [
    'a bad duration',
    ['schedule', 'every'],
    '15 minutes',
    '44  schedule.every  must be a duration, a whole number of ms, s, m, h or d, 366d at most; for example: every: 15m',
  ],
  [
    'a duration without a unit',
    ['schedule', 'every'],
    15,
    '44  schedule.every  must be a duration, a whole number of ms, s, m, h or d, 366d at most; for example: every: 15m',
  ],
  [
    'a duration that is no whole number',
    ['schedule', 'every'],
    '1.5h',
    '44  schedule.every  must be a duration, a whole number of ms, s, m, h or d, 366d at most; for example: every: 15m',
  ],
  [
    'a duration of nothing',
    ['freeze', 'max'],
    '0s',
    '48  freeze.max  must be a duration, a whole number of ms, s, m, h or d, 366d at most; for example: max: 15m',
  ],
  ['a name with upper case', ['pair'], 'Orders', `1  pair  must be ${NAME}; for example: pair: orders`],
  [
    'an address without http',
    ['clients', 'url'],
    'fme.example.com',
    '4  clients.url  must be an http or https address; for example: url: https://fme.example.com',
  ],
  ...['fmerest/v3/', 'fmeapiv4'].map((api): (typeof FAULTS)[number] => [
    `an address with the path of an API, ${api}`,
    [...FLOW, 'sites', 'dc1', 'url'],
    `https://fme.dc1.example.com/${api}`,
    '24  components.flow.sites.dc1.url  must be the address of the installation itself, without the path of an API: which of them it answers is asked; for example: url: https://fme.example.com',
  ]),
  [
    'an unknown kind',
    [...FLOW, 'kind'],
    'fmeflow',
    '20  components.flow.kind  must be one of fme-flow, files, command; for example: kind: fme-flow',
  ],
  [
    'a text for a list',
    ['redirects'],
    'x',
    '49  redirects  must be a list; for example: redirects: [{ kind: manual, name: dns, todo: Point the name at the new site }]',
  ],
  [
    'a text for a list of names',
    ['approvals', 'approvers'],
    'Ada',
    '47  approvals.approvers  must be a list; for example: approvers: [Ada]',
  ],
  [
    'a text for a map that needs nothing',
    ['keep'],
    '10',
    '57  keep  must be a map of keys and values; for example: keep: { last: 10 }',
  ],
  [
    'a site of a component that is none',
    ['components', 'data', 'sites', 'dc9'],
    { path: 'x' },
    '44  components.data.sites.dc9  must be one of the sites: dc1, dc2; for example: dc1: …',
  ],
  [
    'a secret in the body of a call',
    ['hooks'],
    [{ step: 'promote', when: 'after', run: { url: 'https://x.example.com', body: { token: 'x' } } }],
    '63  hooks[0].run.body.token  must not be a secret: give it in headers; for example: headers: { Authorization: { env: NAME } }',
  ],
  [
    'a kind that does not act by itself',
    [...FLOW, 'notHeld'],
    ['streams', 'foo'],
    '41  components.flow.notHeld[1]  must be one of schedules, automations, streams, publications; for example: - schedules',
  ],
  [
    'a port',
    ['checks', 0],
    { kind: 'tcp', name: 'a', host: 'h', port: 0 },
    '57  checks[0].port  must be a port, 1 to 65535; for example: port: 7071',
  ],
  [
    'keep rules',
    ['keep'],
    { last: 0, hourly: -1, daily: 1.5 },
    '58  keep.last  must be a whole number, 1 to 100000; for example: last: 10',
    '59  keep.hourly  must be a whole number, 0 to 100000; for example: hourly: 24',
    '60  keep.daily  must be a whole number, 0 to 100000; for example: daily: 14',
  ],
  [
    'an action that is neither',
    ['hooks'],
    [{ step: 'promote', when: 'before', run: 'reboot' }],
    `60  hooks[0].run  must be a program to run or an HTTP call; for example: run: ${PROGRAM}`,
  ],
  [
    'an action with a fault inside',
    ['hooks'],
    [{ step: 'promote', when: 'before', run: { command: ['x'], timeout: '2d' } }],
    '63  hooks[0].run.timeout  must be a duration, a whole number of ms, s, m, h or d, 1d at most; for example: timeout: 1m',
  ],

  // Unknown keys
  [
    'a typo',
    ['scedule'],
    { every: '1h' },
    '57  scedule  is not known here (did you mean schedule?); for example: schedule: { every: 15m }',
  ],
  [
    'a typo in another style',
    ['freeze', 'front-door'],
    {},
    '49  freeze.front-door  is not known here (did you mean frontDoor?); for example: frontDoor: { close: …, open: … }',
  ],
  [
    'a typo of something needed is one fault',
    ['hooks'],
    [{ step: 'promote', when: 'after', run: { comand: ['x'] } }],
    '61  hooks[0].run.comand  is not known here (did you mean command?); for example: command: [/usr/local/bin/program, argument]',
  ],
  [
    'a key from elsewhere',
    ['schedule', 'colour'],
    'red',
    '44  schedule.colour  is not known here; known are: every, catchUp; for example: every: 15m',
  ],

  // Secrets
  [
    'a secret itself',
    [...DC1_VAULT, 'password'],
    'hunter2',
    '10  sites.dc1.vault.password  must not be the secret itself, but say where it is found; for example: password: { env: DC1_VAULT_PASSWORD }',
  ],
  [
    'a reference to what cannot be a variable',
    [...DC1_VAULT, 'password'],
    { env: 'DC1 VAULT' },
    '11  sites.dc1.vault.password.env  must be the name of an environment variable; for example: env: FME_TOKEN',
  ],
  [
    'a reference to nothing known',
    [...DC1_VAULT, 'password'],
    { keychain: 'dc1' },
    `10  sites.dc1.vault.password  must be ${REFERENCE}; for example: password: { env: DC1_VAULT_PASSWORD }`,
  ],
  [
    'a secret in an environment',
    [...DC1_VAULT, 'environment'],
    { AWS_REGION: 'eu', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'hunter2' },
    '14  sites.dc1.vault.environment.AWS_SECRET_ACCESS_KEY  must not be the secret itself, but say where it is found; for example: AWS_SECRET_ACCESS_KEY: { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }',
  ],
  [
    'a secret in an address',
    ['clients', 'url'],
    'https://me:hunter2@fme.example.com',
    '4  clients.url  must not hold a user name or password: give them by reference, e.g. in a header or token; for example: url: https://fme.example.com',
  ],
  [
    'a secret in a repository',
    [...DC1_VAULT, 'repository'],
    'rest:https://me:hunter2@vault.example.com/',
    '9  sites.dc1.vault.repository  must not hold a user name and password; give them in environment, by reference; for example: environment: { RESTIC_REST_USERNAME: dc1, RESTIC_REST_PASSWORD: { env: NAME } }',
  ],
  [
    'a secret on a command line',
    ['components', 'data', 'executing'],
    { start: { command: ['x', '--password=hunter2'] }, stop: { command: ['x'] }, status: { command: ['x'] } },
    '48  components.data.executing.start.command[1]  must not hold a secret: command lines can be seen by others; give it in environment; for example: environment: { TOKEN: { env: NAME } }',
  ],

  // What two keys say together
  [
    'three sites',
    ['sites', 'dc3'],
    { state: 'x', vault: { repository: 'y', password: { env: 'Z' } } },
    '5  sites  must be exactly two sites; 3 are given; for example: dc1: … and dc2: …',
  ],
  [
    'two sites with one name',
    ['sites', 'DC1'],
    { state: 'x', vault: { repository: 'y', password: { env: 'Z' } } },
    '5  sites  must be exactly two sites; 3 are given; for example: dc1: … and dc2: …',
    `18  sites.DC1  cannot be used as a name: needed is ${NAME}; for example: dc1`,
    '18  sites.DC1  has the same name as dc1, but for upper and lower case; for example: dc1-2: …',
  ],
  [
    'an active site that is none',
    ['active'],
    'dc7',
    '2  active  must be one of the sites: dc1, dc2; for example: active: dc1',
  ],
  [
    'the address of the clients at a site',
    ['clients', 'url'],
    'http://FME.dc2.example.com.:443/fme',
    '32  components.flow.sites.dc2.url  must not be the address of the clients, which leads to the other site after a failover; for example: url: https://fme.dc2.example.com',
  ],
  [
    'one address at both sites',
    [...FLOW, 'sites', 'dc2', 'url'],
    'https://fme.dc1.example.com:443/other',
    '32  components.flow.sites.dc2.url  must not be the same address as components.flow.sites.dc1.url; for example: url: https://fme.dc2.example.com',
  ],
  [
    'one state folder',
    ['sites', 'dc2', 'state'],
    'state/../state/dc1/',
    '14  sites.dc2.state  must not be the same folder as sites.dc1.state, not even on another machine; for example: state: /var/lib/understudy/dc2',
  ],
  ...['state/dc1/sub', 'state'].map((state): (typeof FAULTS)[number] => [
    `a state folder in the other's, ${state}`,
    ['sites', 'dc2', 'state'],
    state,
    '14  sites.dc2.state  must neither hold nor lie in the folder of sites.dc1.state, not even on another machine; for example: state: /var/lib/understudy/dc2',
  ]),
  [
    'one vault',
    ['sites', 'dc2', 'vault', 'repository'],
    './vault/dc1',
    '16  sites.dc2.vault.repository  must not be the same repository as sites.dc1.vault.repository: each site keeps its own recovery points; for example: repository: /var/lib/understudy/vault-dc2',
  ],
  [
    'a peer that reads its own vault',
    [...DC1_VAULT, 'peer'],
    { repository: 'vault/dc2' },
    '12  sites.dc1.vault.peer.repository  must be how dc2 reaches the vault of dc1; this is the vault of dc2 itself; for example: repository: sftp:understudy@dc1.example.com:/var/lib/understudy/vault-dc1',
  ],
  [
    'a tree with our own records in it',
    ['components', 'data', 'sites', 'dc1', 'path'],
    'state',
    '42  components.data.sites.dc1.path  must not hold sites.dc1.state: a restore would replace it; for example: path: /srv/data',
  ],
  [
    'fences without the first',
    ['sites', 'dc2', 'fences'],
    [{ kind: 'manual', name: 'services', todo: 'call' }],
    '18  sites.dc2.fences  must begin with services, once: a fenced site is made quiet before anything else; for example: - kind: services',
    '20  sites.dc2.fences[0].name  must not be services, which names the first fence; for example: name: power',
  ],
  [
    'a name twice in a list',
    ['checks', 1],
    http({ name: 'front' }),
    '58  checks[1].name  must not be the name of another one before it; for example: name: another-name',
  ],
  [
    'a check of what is no FME Flow',
    ['checks', 1],
    { kind: 'fme', name: 'rest', component: 'data', client: 'rest', url: 'https://fme.example.com' },
    '59  checks[1].component  must be a component of kind fme-flow: flow; for example: component: flow',
  ],
  [
    'a console without a port',
    ['checks', 1],
    { kind: 'fme', name: 'console', component: 'flow', client: 'console', url: 'https://fme.example.com' },
    '57  checks[1].port  is missing: the port of Server Console, unless the component gives it for both sites; for example: port: 7071',
  ],
  [
    'a job that is not there',
    ['checks', 1],
    { kind: 'fme-job', name: 'job', component: 'flow', url: 'https://fme.dc1.example.com' },
    '19  components.flow.smoke  is missing: checks[1] runs it; for example: smoke: { repository: Utilities, workspace: smoke.fmw }',
  ],
  [
    'a resource that nothing covers',
    [...FLOW, 'resources'],
    { SHARED: { component: 'flow' }, OTHER: 'extern' },
    '41  components.flow.resources.SHARED.component  must be another component of this file: data; for example: SHARED: external',
    '42  components.flow.resources.OTHER  must be { component: NAME }, external or ignored; for example: OTHER: external',
  ],
  ...['DATA', 'ENGINE', 'DASHBOARD'].map((name): (typeof FAULTS)[number] => [
    `packages that go through ${name}, which is in the package`,
    [...FLOW, 'resource'],
    `FME_SHAREDRESOURCE_${name}`,
    '39  components.flow.resource  must not be a shared resource that is in the package: each package would hold the ones before it, and the files of this resource would not be compared; for example: resource: FME_SHAREDRESOURCE_BACKUP',
  ]),
  [
    'hold without release',
    ['components', 'data', 'hold'],
    { command: ['x'] },
    '39  components.data.release  is missing: it belongs to hold; for example: release: { command: [/usr/local/bin/release-writers] }',
  ],
  [
    'an unplanned failover without approval',
    ['approvals', 'unplanned'],
    ['cutover'],
    '46  approvals.unplanned  must hold start: the loss is approved by a person before anything is done; for example: unplanned: [start, cutover]',
  ],
  [
    'a drain that outlasts the freeze',
    [...FLOW, 'drain', 'limit'],
    '15m',
    '21  components.flow.drain.limit  must be shorter than freeze.max (15m): otherwise a freeze may end itself while jobs drain; for example: limit: 5m',
  ],
  [
    'a freeze that cannot be renewed',
    ['freeze', 'max'],
    '1s',
    '48  freeze.max  must be at least 3s: it is renewed within it; for example: max: 15m',
  ],
  [
    'a hook at a site that nobody has claimed yet',
    ['hooks'],
    [{ step: 'claim', when: 'before', at: 'source', run: { command: ['notify'] } }],
    '60  hooks[0].at  must be control: a site runs nothing before claim, since no claim is held there then; for example: at: control',
  ],
];

describe('a fault is told in one line, with its place and an example of what is right', () => {
  it('and without one nothing is told', async () => {
    expect(await faultsOf(GOOD)).toEqual([]);
    expect((await loaded(GOOD)).warnings).toEqual([]);
  });

  it('each with an example', () => {
    for (const [what, , , ...lines] of FAULTS)
      for (const line of lines) expect(line, what).toMatch(/; for example: \S/);
  });

  it.each(FAULTS)('%s', async (_what, path, value, ...lines) => {
    expect(await faultsOf(changed([path, value]))).toEqual(lines.map((line) => `understudy.yaml:${line}`));
  });
});

describe('a file with many faults', () => {
  const checked = changed([
    ['checks', 1],
    { kind: 'fme', name: 'rest', component: 'flow', client: 'rest', url: 'https://fme.example.com' },
  ]);

  it.each([
    ['of an unknown kind', 'kind: fme\n', 'must be one of fme-flow, files, command; for example: kind: fme-flow'],
    ['without a kind', '', 'is missing; for example: kind: fme-flow'],
  ])(
    'judges the rest of a component %s, and what speaks of it, by the kind it is most like',
    async (_what, kind, says) => {
      const text = checked.replace('    kind: fme-flow\n', kind && `    ${kind}`).replace('limit: 5m', 'limit: long');
      const lines = (await faultsOf(text)).map((line) => line.replace(/^understudy.yaml:\d+ {2}/, ''));
      expect(lines.toSorted()).toEqual([
        'components.flow.drain.limit  must be a duration, a whole number of ms, s, m, h or d, 366d at most; for example: limit: 10m',
        `components.flow.kind  ${says}`,
      ]);
    },
  );

  it('does not tell of each check that its component is missing, where all of them are', async () => {
    const document = parseDocument(checked);
    document.setIn(['components'], document.createNode({}));
    expect((await faultsOf(document.toString())).map((line) => line.split('  ')[1])).toEqual(['components']);
  });

  it('tells a name in upper case once, where the site is given, and with examples that are names', async () => {
    const text = GOOD.replace('sites:\n  dc1:', 'sites:\n  DC1:');
    expect(await faultsOf(text)).toEqual([
      `understudy.yaml:6  sites.DC1  cannot be used as a name: needed is ${NAME}; for example: dc1`,
    ]);
    expect(await faultsOf(text.replace('active: dc1', 'active: dc7'))).toContain(
      'understudy.yaml:2  active  must be one of the sites: DC1, dc2; for example: active: dc1',
    );
  });

  it('tells all of them at once, in the order of the file', async () => {
    const broken = FAULTS.filter(([what]) =>
      ['a secret itself', 'an active site that is none', 'a bad duration', 'a typo', 'one vault'].includes(what),
    );
    const lines = await faultsOf(changed(...broken.map(([, path, value]) => [path, value] as const)));
    expect(lines.map((line) => line.split('  ')[1])).toEqual([
      'active',
      'sites.dc1.vault.password',
      'sites.dc2.vault.repository',
      'schedule.every',
      'scedule',
    ]);
  });
});
