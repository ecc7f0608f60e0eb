import { z } from 'zod';
import { milliseconds } from '../duration.ts';

/*
 * What the keys of `understudy.yaml` are made of. Every schema carries, as metadata, `says` (what is right, in words that
 * follow "must be") and `example` (as it stands in the file), and `role` where a value is more
 * than a text: `duration`, `secret`, `path`, `repository`, `program`. Error lines, the reference in the manual, and what is
 * done to such values when a file is loaded follow from them.
 */

export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,30}$/)
  .meta({
    says: 'a name of lower-case letters, digits and dashes, 31 at most',
    example: 'dc1',
  });

const DAY = 86_400_000;

const durationUpTo = (most: number, mostWords: string, example: string) =>
  z
    .string()
    .refine((text) => {
      const ms = milliseconds(text);
      return ms !== undefined && ms > 0 && ms <= most;
    })
    .transform((text) => milliseconds(text) as number)
    .meta({ says: `a duration, a whole number of ms, s, m, h or d, ${mostWords} at most`, example, role: 'duration' });

/** Written `15m`; milliseconds afterwards. */
export const duration = durationUpTo(366 * DAY, '366d', '15m');
/** Of one call. Not longer than a day: longer ones would overflow a timer. */
export const timeout = durationUpTo(DAY, '1d', '60s');

const parsed = (text: string): URL | undefined => {
  const isHttp = /^https?:\/\/[^/]/i.test(text);
  return isHttp && URL.canParse(text) ? new URL(text) : undefined;
};
const ownCredentials = 'must not hold a user name or password: give them by reference, e.g. in a header or token';

/** Any http or https address. */
export const url = z
  .string()
  .superRefine((text, context) => {
    const address = parsed(text);
    if (address === undefined) context.addIssue({ code: 'invalid_format', format: 'url', input: text });
    else if (address.username !== '' || address.password !== '') context.addIssue(ownCredentials);
  })
  .meta({ says: 'an http or https address', example: 'https://fme.example.com/health' });

/** Of an installation: paths are put behind it, so it has neither a query nor a slash at its end. */
export const baseUrl = url
  .refine((text) => !/[?#]/.test(text), 'must be an address without ? and #')
  .refine(
    (text) => !/\/(fmerest|fmeapiv4)(\/|$)/i.test(text),
    'must be the address of the installation itself, without the path of an API: which of them it answers is asked',
  )
  .transform((text) => text.replace(/\/+$/, ''))
  .meta({ says: 'an http or https address', example: 'https://fme.example.com' });

export const text = z.string().min(1).meta({ says: 'a text that is not empty', example: 'text' });

export const path = text
  .refine(
    (value) => !value.startsWith('~'),
    'must not begin with ~, which differs from user to user: write the whole path',
  )
  .meta({
    says: 'a path, whole or relative to the folder of this file',
    example: '/var/lib/understudy/dc1',
    role: 'path',
  });

export const port = z.number().int().min(1).max(65_535).meta({ says: 'a port, 1 to 65535', example: '7071' });

export const count = (least: number, example: string) =>
  z
    .number()
    .int()
    .min(least)
    .max(100_000)
    .meta({ says: `a whole number, ${least} to 100000`, example });

/** The program and its arguments, each a text of its own; nothing is given to a shell. */
const program = z
  .array(z.string())
  .refine((words) => words[0] !== undefined && words[0] !== '')
  .meta({
    says: 'a list of a program and its arguments',
    example: '[/usr/local/bin/program, argument]',
    role: 'program',
  });

/** Where a secret is found; never the secret itself. */
export const Secret = z
  .union([
    z.strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .meta({ says: 'the name of an environment variable', example: 'FME_TOKEN' }),
    }),
    z.strictObject({ file: path }),
    z.strictObject({ command: program }),
  ])
  .meta({
    says: 'a reference to a secret, { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }',
    example: '{ env: NAME }',
    role: 'secret',
  });

const textOrSecret = z.union([z.string(), Secret]).meta({
  says: 'a text, or a reference to a secret, { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }',
  example: '{ env: NAME }',
});

export const environment = z
  .record(
    z
      .string()
      .regex(/^[^=\0]+$/)
      .meta({ says: 'a name without =', example: 'AWS_REGION' }),
    textOrSecret,
  )
  .meta({ says: 'a map of names to texts or secrets', example: '{ AWS_SECRET_ACCESS_KEY: { env: DC1_S3_KEY } }' });

export const Command = z
  .strictObject({
    command: program.describe('Program and arguments. It gets JSON on standard input; no shell is involved.'),
    environment: environment.optional().describe('Environment variables besides `PATH`, `HOME` and the like.'),
    timeout: timeout.default(60_000).describe('The program is stopped after this long.'),
  })
  .meta({ says: 'a program to run', example: '{ command: [/usr/local/bin/program, argument] }' });

export const Webhook = z
  .strictObject({
    url: url.describe('What is called; a 2xx answer is success.'),
    method: z.enum(['POST', 'PUT', 'GET', 'PATCH']).default('POST').describe('HTTP method.'),
    headers: environment
      .meta({ example: '{ Authorization: { env: DNS_TOKEN } }' })
      .optional()
      .describe('Request headers. A secret is the whole value, e.g. `Bearer …`.'),
    body: z.unknown().optional().describe('Sent as JSON; `{to}`, `{pair}` and `{site}` in its texts are replaced.'),
    timeout: timeout.default(60_000).describe('The call is given up after this long.'),
  })
  .meta({ says: 'an HTTP call', example: '{ url: https://dns.example.com/move }' });

export const Action = z
  .union([Command, Webhook])
  .meta({ says: 'a program to run or an HTTP call', example: '{ command: [/usr/local/bin/program, argument] }' });

/** A part of an application that runs by itself, and how it is controlled. */
export const service = {
  start: Command.describe('Starts it; starting what runs already is no error.'),
  stop: Command.describe('Stops it; stopping what does not run is no error.'),
  status: Command.describe('Prints `{"running": true|false, "startsWithMachine": true|false}`; both have to be there.'),
};
