import { z } from 'zod';
import { milliseconds } from './duration.ts';

/**
 * `understudy.yaml`: one pair a file. Unknown keys are errors. Secrets are references and are resolved only where they
 * are used. Nothing here is imported as a value by workflows: zod costs about 1 MB in each cached run.
 */

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'a name: lower-case letters, digits and dashes, e.g. dc1');
const duration = z
  .string()
  .refine((text) => milliseconds(text) !== undefined, 'a duration such as 15m, 90s, 2h or 1d')
  .transform((text) => milliseconds(text) as number);
const url = z.url({ protocol: /^https?$/, error: 'an http or https address, e.g. https://fme.example.com' });

/** Where a secret is found; never the secret itself. */
export const Secret = z.union(
  [
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ command: z.array(z.string()).min(1) }),
  ],
  { error: 'a reference to a secret: { env: NAME }, { file: /path } or { command: [program, argument] }' },
);
export type Secret = z.infer<typeof Secret>;

/** A program with its arguments, run without a shell; gets JSON on standard input. */
const Command = z.strictObject({
  command: z.array(z.string()).min(1),
  environment: z.record(z.string(), z.union([z.string(), Secret])).optional(),
  timeout: duration.default(60_000),
});
export type Command = z.infer<typeof Command>;

/** An HTTP call; 2xx is success. */
const Webhook = z.strictObject({
  url,
  method: z.enum(['POST', 'PUT', 'GET', 'PATCH']).default('POST'),
  headers: z.record(z.string(), z.union([z.string(), Secret])).optional(),
  /** Sent as JSON; `{to}`, `{pair}` and `{site}` in strings are replaced. */
  body: z.unknown().optional(),
  timeout: duration.default(60_000),
});
export type Webhook = z.infer<typeof Webhook>;

const Action = z.union([
  z.strictObject({
    command: Command.shape.command,
    environment: Command.shape.environment,
    timeout: Command.shape.timeout,
  }),
  Webhook,
]);
export type Action = z.infer<typeof Action>;

const FmeFlowSite = z.strictObject({
  url,
  token: Secret,
  /** Engines service, controlled by commands that print a line containing `running` or `stopped` for `status`. */
  engines: z.strictObject({
    start: Command,
    stop: Command,
    /** Prints JSON `{"running": true|false, "startsWithMachine": true|false}`. */
    status: Command,
    /** Makes the service not start with the machine. */
    disable: Command,
  }),
  /** Stops even the core, so that a restore it still runs is dead. */
  core: z.strictObject({ start: Command, stop: Command, status: Command }).optional(),
  /** Server Console's port (FME Server only). */
  console: z.number().int().min(1).max(65_535).optional(),
});

const FmeFlow = z.strictObject({
  kind: z.literal('fme-flow'),
  /** `resource`: the package goes through a shared resource and the task is polled. `stream`: one long request. */
  transfer: z.enum(['resource', 'stream']).default('resource'),
  resource: z.string().default('FME_SHAREDRESOURCE_BACKUP'),
  drain: z
    .strictObject({ limit: duration, then: z.enum(['ask', 'cancel', 'wait']) })
    .default({ limit: 600_000, then: 'ask' }),
  jobs: z.enum(['ask', 'resubmit', 'drop']).default('ask'),
  deletions: z.enum(['report', 'remove']).default('report'),
  /** Kinds that act by themselves and that the server's API cannot hold; named by `check`, acknowledged here. */
  notHeld: z.array(z.string()).default([]),
  /** Shared resources that are not in the package: covered by another component, external, or ignored. */
  resources: z
    .record(z.string(), z.union([z.strictObject({ component: name }), z.literal('external'), z.literal('ignored')]))
    .default({}),
  /** Name of a connection that is read on the standby to see that its encryption key is the same. */
  canary: z.string().optional(),
  smoke: z
    .strictObject({
      repository: z.string(),
      workspace: z.string(),
      queue: z.string().optional(),
      parameters: z.record(z.string(), z.string()).default({}),
      timeout: duration.default(120_000),
    })
    .optional(),
  sites: z.record(name, FmeFlowSite),
});
export type FmeFlowConfig = z.infer<typeof FmeFlow>;

const Files = z.strictObject({
  kind: z.literal('files'),
  /** Changed by the application while a live backup runs: such files are expected to differ. */
  sites: z.record(name, z.strictObject({ path: z.string() })),
  /** Runs before and after a backup or restore at the site, e.g. to stop a service. */
  hold: Command.optional(),
  release: Command.optional(),
  executing: z.strictObject({ start: Command, stop: Command, status: Command }).optional(),
});
export type FilesConfig = z.infer<typeof Files>;

const CommandComponent = z.strictObject({
  kind: z.literal('command'),
  /** One program for all verbs; see docs/command-component.md for the contract. */
  sites: z.record(name, Command),
  settings: z.record(z.string(), z.unknown()).default({}),
});
export type CommandComponentConfig = z.infer<typeof CommandComponent>;

const Component = z.discriminatedUnion('kind', [FmeFlow, Files, CommandComponent]);
export type ComponentConfig = z.infer<typeof Component>;

const Vault = z.strictObject({
  /** A restic repository: a directory, `sftp:…`, `s3:…`, `rest:…`. */
  repository: z.string(),
  password: Secret,
  environment: z.record(z.string(), z.union([z.string(), Secret])).optional(),
  /** How the other site reaches this vault, where that differs. Read access is enough. */
  peer: z
    .strictObject({
      repository: z.string(),
      password: Secret.optional(),
      environment: z.record(z.string(), z.union([z.string(), Secret])).optional(),
    })
    .optional(),
});
export type VaultConfig = z.infer<typeof Vault>;

const Fence = z.discriminatedUnion('kind', [
  /** Every component is made quiet. Always the first at demote. */
  z.strictObject({ kind: z.literal('services') }),
  z.strictObject({
    kind: z.literal('command'),
    name,
    at: z.enum(['site', 'control']).default('control'),
    fence: Command,
    read: Command,
    lower: Command.optional(),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    name,
    at: z.enum(['site', 'control']).default('control'),
    fence: Webhook,
    read: Webhook,
    lower: Webhook.optional(),
  }),
  z.strictObject({ kind: z.literal('manual'), name, todo: z.string() }),
]);
export type FenceConfig = z.infer<typeof Fence>;

const Site = z.strictObject({
  /** Folder of this site's record and journal, on the site's own machine. */
  state: z.string(),
  vault: Vault,
  fences: z.array(Fence).default([{ kind: 'services' }]),
});
export type SiteConfig = z.infer<typeof Site>;

const Redirect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual'), name, todo: z.string() }),
  z.strictObject({ kind: z.literal('command'), name, move: Command, read: Command.optional() }),
  z.strictObject({ kind: z.literal('webhook'), name, move: Webhook, read: Webhook.optional() }),
]);
export type RedirectConfig = z.infer<typeof Redirect>;

const Check = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    name,
    url,
    status: z.number().int().default(200),
    contains: z.string().optional(),
    /** Certificates that end sooner than this fail the check. */
    certificate: duration.optional(),
    timeout: duration.default(15_000),
  }),
  z.strictObject({
    kind: z.literal('tcp'),
    name,
    host: z.string(),
    port: z.number().int(),
    timeout: duration.default(15_000),
  }),
  z.strictObject({
    kind: z.literal('fme'),
    name,
    component: name,
    /** The kinds of client that must reach the active Core. */
    client: z.enum(['browser', 'rest', 'command-line', 'console', 'webhook']),
    url,
    token: Secret.optional(),
    port: z.number().int().optional(),
    timeout: duration.default(15_000),
  }),
  z.strictObject({
    kind: z.literal('fme-job'),
    name,
    component: name,
    url,
    token: Secret.optional(),
    timeout: duration.default(120_000),
  }),
]);
export type CheckConfig = z.infer<typeof Check>;

const Hook = z.strictObject({
  step: z.enum([
    'claim',
    'freeze',
    'final-sync',
    'stage',
    'receipt',
    'demote',
    'promote',
    'redirect',
    'verify',
    'release',
    'commit',
  ]),
  when: z.enum(['before', 'after']),
  /** `control`, or the role in the run: where it is run. */
  at: z.enum(['control', 'source', 'target']).default('control'),
  run: Action,
  abortOnFailure: z.boolean().default(true),
});
export type HookConfig = z.infer<typeof Hook>;

const approval = z.enum(['start', 'cutover', 'redirect']);

export const Config = z.strictObject({
  pair: name,
  /** Which site is active when the records are first made; afterwards the records say so. */
  active: name,
  temporal: z
    .strictObject({ address: z.string().optional(), namespace: z.string().optional(), ui: url.optional() })
    .default({}),
  /** The address that clients use. Never the address of a component. */
  clients: z.strictObject({ url }),
  sites: z.record(name, Site),
  components: z.record(name, Component),
  schedule: z
    .strictObject({ every: duration.default(900_000), catchUp: duration.default(600_000) })
    .default({ every: 900_000, catchUp: 600_000 }),
  approvals: z
    .strictObject({
      planned: z.array(approval).default(['start', 'cutover']),
      unplanned: z.array(approval).default(['start', 'cutover']),
      /** Empty: anyone. Compared with `who`; a claim, not a proof. */
      approvers: z.array(z.string()).default([]),
      validFor: duration.default(900_000),
      timeout: z.strictObject({ after: duration, then: z.enum(['keep-waiting', 'reject']) }).optional(),
    })
    .default({ planned: ['start', 'cutover'], unplanned: ['start', 'cutover'], approvers: [], validFor: 900_000 }),
  freeze: z
    .strictObject({
      max: duration.default(900_000),
      frontDoor: z.strictObject({ close: Action, open: Action }).optional(),
    })
    .default({ max: 900_000 }),
  redirects: z.array(Redirect).default([]),
  checks: z.array(Check).default([]),
  hooks: z.array(Hook).default([]),
  keep: z
    .strictObject({
      last: z.number().int().min(1).default(10),
      hourly: z.number().int().default(24),
      daily: z.number().int().default(14),
      weekly: z.number().int().default(8),
    })
    .default({ last: 10, hourly: 24, daily: 14, weekly: 8 }),
  targets: z
    .strictObject({ rpo: duration.default(3_600_000), rto: duration.default(3_600_000) })
    .default({ rpo: 3_600_000, rto: 3_600_000 }),
});
export type Config = z.infer<typeof Config>;
