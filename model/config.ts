import { z } from 'zod';
import {
  Action as ActionSchema,
  baseUrl,
  type Command as CommandSchema,
  count,
  duration,
  environment,
  name,
  path,
  Secret as SecretSchema,
  text,
  type Webhook as WebhookSchema,
} from './config/basics.ts';
import { Component, type ComponentOutput } from './config/components.ts';
import {
  Check,
  type CheckOutput,
  Fence,
  type FenceOutput,
  Hook,
  type HookOutput,
  Redirect,
  type RedirectOutput,
} from './config/means.ts';
import type { Settled } from './config/settled.ts';

/*
 * `understudy.yaml`: one pair a file. Unknown keys are errors. Secrets are references and are resolved only where they
 * are used. Nothing here is imported as a value by workflows: zod costs about 1 MB in each cached run.
 * What one key alone cannot tell (names that must exist, addresses that must differ) is in `activities/config/rules.ts`.
 */

const repository = text.meta({
  says: 'a restic repository',
  example: 's3:https://s3.example.com/vault-dc1',
  role: 'repository',
});

const Vault = z.strictObject({
  repository: repository.describe('A restic repository: a directory, `sftp:…`, `s3:…`, `rest:…` and so on.'),
  password: SecretSchema.describe("The repository's password."),
  environment: environment.optional().describe('What restic needs to reach it, e.g. the keys of an object store.'),
  peer: z
    .strictObject({
      repository: repository.describe('The same repository, as the other site names it.'),
      password: SecretSchema.optional().describe(
        "The other site's own key of the repository; without it, the same one.",
      ),
      environment: environment.optional().describe('Instead of the environment above.'),
    })
    .optional()
    .describe('How the other site reaches this vault, where that differs. Read access is enough.'),
});

const Site = z
  .strictObject({
    state: path.describe("Folder of this site's record and journal, on the site's own machine."),
    vault: Vault.meta({ says: 'a vault' }).describe('Where this site keeps its recovery points.'),
    fences: z
      .array(Fence)
      .default([{ kind: 'services' }])
      .describe('How this site is kept from acting, in this order.'),
  })
  .meta({ says: 'a site', example: '{ state: /var/lib/understudy/dc1, vault: { … } }' });

const approval = z.enum(['start', 'cutover', 'redirect']);

export const Config = z.strictObject({
  pair: name
    .meta({ example: 'orders' })
    .describe('Name of the protected application: stands in queues and in the ids of runs.'),
  active: name.describe('Which site is active when the records are first made; afterwards the records say so.'),
  clients: z
    .strictObject({ url: baseUrl.describe('Never the address of a component.') })
    .meta({ says: 'the address that clients use', example: '{ url: https://fme.example.com }' }),
  temporal: z
    .strictObject({
      address: z
        .string()
        .regex(/^\S+:\d+$/)
        .meta({ says: 'a host and port', example: 'temporal.example.com:7233' })
        .optional()
        .describe('Where Temporal answers; without it, `TEMPORAL_*`, `temporal.toml`, or an embedded one.'),
      namespace: text.meta({ example: 'default' }).optional().describe('Its namespace.'),
      ui: baseUrl.meta({ example: 'https://temporal.example.com' }).optional().describe('Its web UI, for links.'),
    })
    .prefault({}),
  sites: z
    .record(name, Site)
    .meta({ says: 'a map of the two sites', example: '{ dc1: { … }, dc2: { … } }' })
    .describe('The two sites, by name.'),
  components: z
    .record(name, Component)
    .meta({ says: 'a map of what is protected', example: '{ flow: { kind: fme-flow, … } }' })
    .describe('What is protected, by name; every part exists at both sites.'),
  schedule: z
    .strictObject({
      every: duration.default(900_000).describe('A sync starts this often.'),
      catchUp: duration.default(600_000).describe('A sync that was missed for longer than this is not made up for.'),
    })
    .prefault({}),
  keep: z
    .strictObject({
      last: count(1, '10').default(10).describe('So many of the newest.'),
      hourly: count(0, '24').default(24).describe('The newest of each of so many hours.'),
      daily: count(0, '14').default(14).describe('The newest of each of so many days.'),
      weekly: count(0, '8').default(8).describe('The newest of each of so many weeks.'),
    })
    .prefault({})
    .describe('Recovery points that are kept; the last intact and the last proven one are, in any case.'),
  targets: z
    .strictObject({
      rpo: duration.default(3_600_000).describe('Data loss in time that is tolerated.'),
      rto: duration.default(3_600_000).describe('Time to serve again that is tolerated.'),
    })
    .prefault({}),
  approvals: z
    .strictObject({
      planned: z.array(approval).default(['start', 'cutover']).describe('Where a planned failover waits for a person.'),
      unplanned: z
        .array(approval)
        .default(['start', 'cutover'])
        .describe('Where an unplanned failover waits for a person; `start` always.'),
      approvers: z
        .array(text)
        .default([])
        .meta({ example: '[Ada]' })
        .describe('Who may answer; empty: anyone. Compared with `who`; a claim, not a proof.'),
      validFor: duration
        .default(900_000)
        .describe(
          'An approval that was not used by then lapses; in an unplanned failover so does the word that the lost site cannot act.',
        ),
      timeout: z
        .strictObject({
          after: duration.meta({ example: '8h' }).describe('How long an approval is waited for.'),
          // biome-ignore lint/suspicious/noThenProperty: a key of the file, and never a function.
          then: z.enum(['keep-waiting', 'reject']).describe('What follows.'),
        })
        .optional(),
    })
    .prefault({}),
  freeze: z
    .strictObject({
      max: duration.default(900_000).describe('A freeze that was not renewed for this long ends itself.'),
      frontDoor: z
        .strictObject({
          close: ActionSchema.describe('Makes clients be refused; the API stays open to the site worker.'),
          open: ActionSchema.describe('Undoes it.'),
        })
        .optional()
        .describe(
          'Runs at the site whose clients it shuts out or lets in: at the active one that is frozen, and to keep a standby closed. The same program or call serves both sites, and is told which (`site` in its request, `UNDERSTUDY_SITE`, `{site}`): it must leave the other one alone.',
        ),
    })
    .prefault({}),
  redirects: z
    .array(Redirect)
    .default([])
    .meta({ example: '[{ kind: manual, name: dns, todo: Point the name at the new site }]' })
    .describe('How clients are moved, in this order.'),
  checks: z
    .array(Check)
    .default([])
    .meta({ example: '[{ kind: http, name: front, url: https://fme.example.com }]' })
    .describe('How a client would see it; run by the control worker and by the target.'),
  hooks: z
    .array(Hook)
    .default([])
    .meta({ example: '[{ step: promote, when: after, run: { command: [/usr/local/bin/program, argument] } }]' })
    .describe('Your own actions around the steps of a failover.'),
});

export type Config = Settled<z.infer<typeof Config>>;
export type Secret = Settled<z.infer<typeof SecretSchema>>;
/** A program with its arguments, run without a shell; gets JSON on standard input. */
export type Command = Settled<z.infer<typeof CommandSchema>>;
/** An HTTP call; 2xx is success. */
export type Webhook = Settled<z.infer<typeof WebhookSchema>>;
export type Action = Settled<z.infer<typeof ActionSchema>>;
export type ComponentConfig = Settled<ComponentOutput>;
export type FmeFlowConfig = Extract<ComponentConfig, { kind: 'fme-flow' }>;
export type FilesConfig = Extract<ComponentConfig, { kind: 'files' }>;
export type CommandComponentConfig = Extract<ComponentConfig, { kind: 'command' }>;
export type SiteConfig = Settled<z.infer<typeof Site>>;
export type VaultConfig = SiteConfig['vault'];
export type FenceConfig = Settled<FenceOutput>;
export type RedirectConfig = Settled<RedirectOutput>;
export type CheckConfig = Settled<CheckOutput>;
export type HookConfig = Settled<HookOutput>;
