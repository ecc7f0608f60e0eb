import type { Path } from '../../activities/config/problems.ts';
import { type Broken, NAME } from './faults-of-a-key.ts';

const DC1_VAULT: Path = ['sites', 'dc1', 'vault'];
const FLOW: Path = ['components', 'flow'];
const http = (more: object) => ({ kind: 'http', name: 'second', url: 'https://fme.example.com/x', ...more });

/** What two keys say together. */
export const TOGETHER: readonly Broken[] = [
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
  ...['state/dc1/sub', 'state'].map(
    (state): Broken => [
      `a state folder in the other's, ${state}`,
      ['sites', 'dc2', 'state'],
      state,
      '14  sites.dc2.state  must neither hold nor lie in the folder of sites.dc1.state, not even on another machine; for example: state: /var/lib/understudy/dc2',
    ],
  ),
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
  ...['DATA', 'ENGINE', 'DASHBOARD'].map(
    (name): Broken => [
      `packages that go through ${name}, which is in the package`,
      [...FLOW, 'resource'],
      `FME_SHAREDRESOURCE_${name}`,
      '39  components.flow.resource  must not be a shared resource that is in the package: each package would hold the ones before it, and the files of this resource would not be compared; for example: resource: FME_SHAREDRESOURCE_BACKUP',
    ],
  ),
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
