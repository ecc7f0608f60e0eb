import type { Path } from '../../activities/config/problems.ts';

const DC1_VAULT: Path = ['sites', 'dc1', 'vault'];
const FLOW: Path = ['components', 'flow'];
const REFERENCE = 'a reference to a secret, { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }';
export const NAME = 'a name of lower-case letters, digits and dashes, 31 at most';
const PROGRAM = '{ command: [/usr/local/bin/program, argument] }';

/** What is broken in a good file (undefined: left out), and all that is said about it, after the file's name. */
export type Broken = [what: string, path: Path, value: unknown, ...lines: string[]];

/** What one key shows by itself. */
export const OF_A_KEY: readonly Broken[] = [
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
  ...['fmerest/v3/', 'fmeapiv4'].map(
    (api): Broken => [
      `an address with the path of an API, ${api}`,
      [...FLOW, 'sites', 'dc1', 'url'],
      `https://fme.dc1.example.com/${api}`,
      '24  components.flow.sites.dc1.url  must be the address of the installation itself, without the path of an API: which of them it answers is asked; for example: url: https://fme.example.com',
    ],
  ),
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
];
