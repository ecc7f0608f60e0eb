import { z } from 'zod';
import { baseUrl, Command, duration, name, path, port, Secret, service, text, timeout } from './basics.ts';

const bySite = <T extends z.ZodType>(settings: T) =>
  z.record(name, settings).describe('What differs between the two sites, by the name of the site.');

const Drain = z
  .strictObject({
    limit: duration.default(600_000).describe('How long running jobs may take when clients are shut out.'),
    // biome-ignore lint/suspicious/noThenProperty: a key of the file, and never a function.
    then: z
      .enum(['ask', 'cancel', 'wait'])
      .default('ask')
      .describe('What becomes of jobs that still run then. `cancel`: what could not be run again is asked about.'),
  })
  .prefault({});

const FmeFlowSite = z
  .strictObject({
    url: baseUrl.describe("This installation's own address; never the one that clients use."),
    token: Secret.describe('API token of an administrator. The tokens of the two sites have different names.'),
    tokenName: text.optional().describe("The token's name at this site, so that `check` can tell when it expires."),
    engines: z
      .strictObject({
        ...service,
        disable: Command.describe('Makes the engines not start with the machine.'),
      })
      .meta({ says: 'the commands for start, stop, status and disable' })
      .describe('The engines service, which is stopped at a standby.'),
    core: z
      .strictObject(service)
      .meta({ says: 'the commands for start, stop and status' })
      .optional()
      .describe(
        'The core service: stopping it ends a restore that still runs in it. Let its status print `"since"` too, the time of its start in UTC, the same text for as long as it runs: a restart is noticed by it.',
      ),
    console: port.optional().describe("Server Console's port (FME Server only)."),
  })
  .meta({ says: 'the settings of this component at this site', example: '{ url: https://fme.dc1.example.com, … }' });

const Smoke = z.strictObject({
  repository: text.meta({ example: 'Utilities' }).describe('Repository of the workspace.'),
  workspace: text.meta({ example: 'smoke.fmw' }).describe('A workspace that changes nothing.'),
  queue: text.optional().describe('Its queue; without it, the default one.'),
  parameters: z.record(z.string(), z.string()).default({}).describe('Published parameters.'),
  timeout: timeout.default(120_000).describe('It has succeeded by then.'),
});

/** Shared resources whose files are in a package of FME Flow, unless its own configuration says otherwise. */
export const PACKAGED_RESOURCES: readonly string[] = [
  'FME_SHAREDRESOURCE_DATA',
  'FME_SHAREDRESOURCE_ENGINE',
  'FME_SHAREDRESOURCE_DASHBOARD',
];

/** Kinds of things in an FME Flow that act by themselves. */
export const ACTING_KINDS = ['schedules', 'automations', 'streams', 'publications'] as const;

const FmeFlow = z.strictObject({
  kind: z.literal('fme-flow'),
  sites: bySite(FmeFlowSite),
  transfer: z
    .enum(['resource', 'stream'])
    .default('resource')
    .describe(
      '`resource`: the package goes through a shared resource and the task is polled. `stream`: one long request.',
    ),
  resource: text
    .default('FME_SHAREDRESOURCE_BACKUP')
    .describe('The shared resource that packages go through; not one that is in the package.'),
  drain: Drain,
  jobs: z
    .enum(['ask', 'resubmit', 'drop'])
    .default('ask')
    .describe('What becomes, after the promotion, of jobs that were given up.'),
  deletions: z
    .enum(['report', 'remove'])
    .default('report')
    .describe(
      'What the active deleted stays on the standby and is reported, or is removed there too, within a cap: at a time at most 5 % of what the standby has of a kind of item (but at least 1), and 20 items over all kinds. Of a kind that is beyond it nothing is removed, and all is reported.',
    ),
  notHeld: z
    .array(z.enum(ACTING_KINDS))
    .default([])
    .describe('Kinds that act by themselves and that `check` names as not held, acknowledged here.'),
  unservedQueues: z
    .array(text)
    .default([])
    .describe('Queues that no engine serves, on purpose; any other has an engine before a site counts as active.'),
  resources: z
    .record(
      text,
      z
        .union([z.strictObject({ component: name }), z.literal('external'), z.literal('ignored')])
        .meta({ says: '{ component: NAME }, external or ignored', example: 'external' }),
    )
    .default({})
    .describe('Shared resources that are not in the package: covered by another component, `external`, or `ignored`.'),
  canary: text
    .optional()
    .describe('Name of a connection that is read on the standby, to see that its encryption key is the same.'),
  smoke: Smoke.optional().describe('A job that is run at a site before it counts as active, and by checks `fme-job`.'),
});

const Files = z.strictObject({
  kind: z.literal('files'),
  sites: bySite(
    z
      .strictObject({ path: path.meta({ example: '/srv/data' }).describe('The directory tree that is protected.') })
      .meta({ says: 'the settings of this component at this site', example: '{ path: /srv/data }' }),
  ),
  hold: Command.optional().describe(
    'Makes writers leave the tree alone: for a freeze, and at a standby. Repeating it is no error.',
  ),
  release: Command.optional().describe('Undoes `hold`. Repeating it is no error.'),
  executing: z
    .strictObject(service)
    .optional()
    .describe('What works with the tree by itself: stopped at a standby, started by a promotion.'),
});

/** What the program of a component is asked; docs/command-component.md says what each means. */
export const COMMAND_VERBS = [
  'establish',
  'identify',
  'observe',
  'inventory',
  'backup',
  'restore',
  'enabled',
  'hold',
  'release',
  'drain',
  'cancel',
  'resubmit',
  'prove-frozen',
  'quiet',
  'stage',
  'start',
  'stop-core',
  'clean',
  'check',
] as const;

const ExpectedDifference = z
  .strictObject({
    rule: text.meta({ example: 'passwords-stay' }).describe('What the difference is called in reports.'),
    kind: text.meta({ example: 'users' }).describe('Kind of item in the inventory, or `*`.'),
    difference: z.enum(['missing', 'different', 'extra']).describe('What the standby may have, seen from the active.'),
  })
  .meta({ says: 'a rule', example: '{ rule: passwords-stay, kind: users, difference: different }' });

const CommandComponent = z.strictObject({
  kind: z.literal('command'),
  sites: bySite(
    Command.meta({ says: 'the program for this site' }).describe(
      'The program that speaks for the application: see docs/command-component.md.',
    ),
  ),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Given to the program with each request. No secrets: they go into `environment`.'),
  timeouts: z
    .partialRecord(z.enum(COMMAND_VERBS), timeout)
    .meta({ says: 'a map of verbs to durations', example: '{ backup: 4h, restore: 4h }' })
    .default({})
    .describe(
      'How long a verb may take, where that is not the time of the program; `backup` and `restore`: 1d; `identify` and `establish`: 60s at most.',
    ),
  drain: Drain,
  expected: z.array(ExpectedDifference).default([]).describe('Differences that a restore cannot avoid.'),
  notPromised: z
    .array(text)
    .default([])
    .describe('What cannot be promised for this application, in words for the plan and the approvals.'),
});

export const Component = z.discriminatedUnion('kind', [FmeFlow, Files, CommandComponent]);
export type ComponentOutput = z.infer<typeof Component>;
