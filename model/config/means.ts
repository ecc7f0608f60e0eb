import { z } from 'zod';
import { Action, baseUrl, Command, duration, name, port, Secret, text, timeout, url, Webhook } from './basics.ts';

const todo = text.meta({
  says: 'what a person has to do',
  example: 'Point fme.example.com to {to} in the DNS console',
});
const where = z
  .enum(['site', 'control'])
  .default('control')
  .describe('Where it runs: at the fenced site itself, or at the control worker, which reaches a site that is lost.');

export const Fence = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('services') }).describe('Every component is made quiet. Always there, and first.'),
  z.strictObject({
    kind: z.literal('command'),
    name,
    at: where,
    fence: Command.describe('Makes sure that the site cannot act, e.g. powers it off.'),
    read: Command.describe(
      'Exits with 0 if the site is fenced, with 1 to 125 if it is not. Any other end, or none in time, tells nothing.',
    ),
    lower: Command.optional().describe(
      'Undoes it when the site is promoted; a fence that runs from control is lowered by hand as yet.',
    ),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    name,
    at: where,
    fence: Webhook.describe('Makes sure that the site cannot act.'),
    read: Webhook.describe(
      'Answers 2xx if the site is fenced, and e.g. 409 if it is not. A status that speaks of the question (400, 401, 403, 404, 405, …) or 5xx tells nothing.',
    ),
    lower: Webhook.optional().describe(
      'Undoes it when the site is promoted; a fence that runs from control is lowered by hand as yet.',
    ),
  }),
  z.strictObject({ kind: z.literal('manual'), name, todo: todo.describe('What a person does, and then confirms.') }),
]);
export type FenceOutput = z.infer<typeof Fence>;

export const Redirect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual'), name, todo: todo.describe('What a person does, and then confirms.') }),
  z.strictObject({
    kind: z.literal('command'),
    name,
    move: Command.describe('Moves the clients to the site named in the request.'),
    read: Command.optional().describe('Prints the name of the site that clients are led to.'),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    name,
    move: Webhook.describe('Moves the clients to the site named in the request.'),
    read: Webhook.optional().describe('Answers with the name of the site that clients are led to.'),
  }),
]);
export type RedirectOutput = z.infer<typeof Redirect>;

const clientUrl = 'What a client calls: through the address of the clients.';

export const Check = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    name,
    url: url.describe(clientUrl),
    status: z
      .number()
      .int()
      .min(100)
      .max(599)
      .meta({ says: 'an HTTP status, 100 to 599', example: '200' })
      .default(200)
      .describe('The status it must answer with.'),
    contains: text
      .optional()
      .describe(
        'A text that the answer must hold; `{site}` in it stands for the site that must answer, as a word of its own: `dc10` is not `dc1`, and an answer that holds the text for both sites fails.',
      ),
    certificate: duration
      .meta({ example: '14d' })
      .optional()
      .describe('A certificate that ends sooner fails the check.'),
    timeout: timeout.default(15_000),
  }),
  z.strictObject({
    kind: z.literal('tcp'),
    name,
    host: text.meta({ example: 'fme.example.com' }).describe('Host that a client connects to.'),
    port: port.describe('Port that a client connects to.'),
    timeout: timeout.default(15_000),
  }),
  z.strictObject({
    kind: z.literal('fme'),
    name,
    component: name.meta({ example: 'flow' }).describe('The `fme-flow` component that must answer.'),
    client: z
      .enum(['browser', 'rest', 'command-line', 'console', 'webhook'])
      .describe('The kind of client; each must reach the active core.'),
    url: baseUrl.describe(clientUrl),
    token: Secret.optional().describe('Token of a client; without it, the one of the site.'),
    port: port.optional().describe("Server Console's port; without it, the one of the site."),
    timeout: timeout.default(15_000),
  }),
  z.strictObject({
    kind: z.literal('fme-job'),
    name,
    component: name.meta({ example: 'flow' }).describe('The `fme-flow` component whose `smoke` job is run.'),
    url: baseUrl
      .optional()
      .describe('Where the job is submitted; without it, at the own address of the site that must answer.'),
    token: Secret.optional().describe('Token of a client; without it, the one of the site.'),
    timeout: timeout.default(120_000),
  }),
]);
export type CheckOutput = z.infer<typeof Check>;

export const Hook = z.strictObject({
  name: name.optional().describe('What it is called in reports.'),
  step: z
    .enum([
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
    ])
    .describe('The step of a failover that it stands at.'),
  when: z.enum(['before', 'after']).describe('On which side of the step.'),
  at: z.enum(['control', 'source', 'target']).default('control').describe('Which worker runs it.'),
  run: Action.describe('What is run; it gets the step, the pair and the sites.'),
  abortOnFailure: z.boolean().default(true).describe('Whether the run stops and asks when it fails.'),
});
export type HookOutput = z.infer<typeof Hook>;
