import { stringify } from 'yaml';

/** What `understudy init` was told. Everything else is a default that the file explains. */
export interface InitFlags {
  readonly pair: string;
  readonly active: string;
  /** The address that clients use. */
  readonly clients: string;
  /** Two of them. With an `url`, each runs an FME Flow there. */
  readonly sites: readonly InitSite[];
  /** Directory trees, with the path at each site. */
  readonly trees: readonly Readonly<Record<string, string>>[];
  /** Program that controls the engines service: called with start, stop, status or disable. */
  readonly engines: string;
  readonly every: string;
  readonly approvers: readonly string[];
  readonly temporal?: string;
  readonly namespace?: string;
}

export interface InitSite {
  readonly name: string;
  readonly url?: string;
  readonly tokenEnv: string;
  readonly state: string;
  readonly vault: string;
  readonly vaultPasswordEnv: string;
}

/** A value as it stands in YAML, on one line; also right within braces, where a comma or bracket would end a plain text. */
function yaml(value: string): string {
  const plain = stringify(value, { lineWidth: 0 }).trimEnd();
  return /[,[\]{}\n]/.test(plain) ? JSON.stringify(value) : plain;
}

/**
 * `understudy.yaml` for these flags, with comments. It is valid if the flags are: `parseConfig` says what is not.
 */
export function renderConfig(flags: InitFlags): string {
  const parts = [
    head(flags),
    temporal(flags),
    sites(flags),
    components(flags),
    times(flags),
    approvals(flags),
    clients(flags),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const head = ({ pair, active, clients }: InitFlags): string => `\
# What Understudy knows about one pair. Every worker reads the same file.
# Secrets never stand here, only where they are found: { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }.
# Durations: 90s, 15m, 2h, 1d. Paths may be relative to the folder of this file.
# All keys: understudy.example.yaml and docs/configuration.md.

pair: ${yaml(pair)}

# Which site is active when the records are first made. Afterwards the records at the sites say so, not this line.
active: ${yaml(active)}

# The address that clients use: a DNS name or a load balancer. Never the address of an installation.
clients:
  url: ${yaml(clients)}
`;

function temporal({ temporal, namespace }: InitFlags): string {
  if (temporal === undefined && namespace === undefined) {
    return `\
# Where Temporal answers. Without this: TEMPORAL_* variables, temporal.toml, or an embedded one on this machine.
# temporal:
#   address: temporal.example.com:7233
`;
  }
  const lines = [
    temporal === undefined ? [] : [`  address: ${yaml(temporal)}`],
    namespace === undefined ? [] : [`  namespace: ${yaml(namespace)}`],
  ];
  return `temporal:\n${lines.flat().join('\n')}\n`;
}

const sites = (flags: InitFlags): string => `sites:\n${flags.sites.map(site).join('')}`;

const site = ({ name, state, vault, vaultPasswordEnv }: InitSite): string => `\
  ${yaml(name)}:
    # This site's record and journal: a local disk of the site's own machine.
    state: ${yaml(state)}
    # Its recovery points: a restic repository (a directory, sftp:, s3:, rest:, …). The other site only reads it.
    vault:
      repository: ${yaml(vault)}
      password: { env: ${yaml(vaultPasswordEnv)} }
    # How it is kept from acting. Add power or firewall (kind: command or webhook) before the manual one.
    fences:
      - kind: services
      - kind: manual
        name: ${yaml(`stop-${name}`.slice(0, 31))}
        todo: ${yaml(`Make sure that ${name} is switched off or cannot be reached by clients`)}
`;

const components = (flags: InitFlags): string =>
  `# What is protected. All components of the active site make one recovery point.\ncomponents:\n${flow(flags)}${trees(flags)}`;

function flow({ sites, engines }: InitFlags): string {
  const settings = sites.flatMap(({ name, url, tokenEnv }) =>
    url === undefined
      ? []
      : [
          `\
      ${yaml(name)}:
        url: ${yaml(url)}
        # Token of an administrator. Name the tokens of the two sites differently.
        token: { env: ${yaml(tokenEnv)} }
        # Its name there: a restore brings the other site's tokens along, and \`understudy check\` has to know which is ours.
        # tokenName: ${yaml(`understudy-${name}`)}
        # A program of yours that controls the engines service; \`status\` prints
        # {"running": true, "startsWithMachine": false}.
        engines:
${['start', 'stop', 'status', 'disable'].map((verb) => `          ${verb}: { command: [${yaml(engines)}, ${verb}] }`).join('\n')}
`,
        ],
  );
  if (settings.length === 0) return '';
  return `\
  flow:
    kind: fme-flow
    # How long a freeze waits for running jobs, and what then: ask, cancel, wait.
    drain: { limit: 10m, then: ask }
    # A job without effects, run at the new site before it counts as active.
    # smoke: { repository: Utilities, workspace: smoke.fmw }
    sites:
${settings.join('')}`;
}

const trees = (flags: InitFlags): string =>
  flags.trees
    .map((tree, index) => {
      const paths = Object.entries(tree).map(([name, path]) => `      ${yaml(name)}: { path: ${yaml(path)} }\n`);
      return `  files${index === 0 ? '' : `-${index + 1}`}:\n    kind: files\n    sites:\n${paths.join('')}`;
    })
    .join('');

const times = ({ every }: InitFlags): string => `\
# How often a sync runs.
schedule: { every: ${yaml(every)}, catchUp: 10m }

# Recovery points that are kept in each vault.
keep: { last: 10, hourly: 24, daily: 14, weekly: 8 }

# What you want; what is reached is measured.
targets: { rpo: 1h, rto: 1h }

# A freeze that nobody renewed for this long ends itself.
freeze:
  max: 15m
`;

const approvals = ({ approvers }: InitFlags): string => `\
# Where a failover waits for a person: start, cutover, redirect.
approvals:
  planned: [start, cutover]
  unplanned: [start, cutover]
  # Who may answer; empty: anyone.
  approvers: [${approvers.map(yaml).join(', ')}]
`;

function clients({ sites, clients }: InitFlags): string {
  const fme = sites.some(({ url }) => url !== undefined);
  const kinds = ['browser', 'rest'].map(
    (kind) => `  - { kind: fme, name: ${kind}, component: flow, client: ${kind}, url: ${yaml(clients)} }\n`,
  );
  return `\
# How clients are moved. Replace this by kind: webhook or command (DNS, load balancer) as soon as you can.
redirects:
  - kind: manual
    name: clients
    todo: ${yaml(`Lead ${clients} to {to}`)}

# What must work for a client after the redirect, through the clients' own address.
checks:
${fme ? kinds.join('') : `  - { kind: http, name: front, url: ${yaml(clients)} }\n`}`;
}
