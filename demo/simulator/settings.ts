import { z } from 'zod';
import { faultsSchema } from './faults.ts';

/** Everything about one simulated site that is not a flag of the command line. Times are in milliseconds, sizes in bytes. */
export const settingsSchema = z.strictObject({
  /** Host name the site gives itself: in engines, services and package names. */
  hostName: z.string().min(1).optional(),
  /** Host name in the URLs of the Flow services (Data Download, …); the host name if absent. */
  servicesHost: z.string().min(1).optional(),
  /** Identity of the machine for its licence; made at random at the first start if absent. */
  machineKey: z.string().min(1).optional(),
  adminUser: z.string().min(1).default('admin'),
  adminPassword: z.string().min(1).default('admin'),
  /** Tokens that exist from the first start, beside those made through the API. */
  tokens: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        token: z.string().min(1),
        user: z.string().min(1).default('admin'),
        secondsToExpiry: z.number().int().positive().default(2_592_000),
        restricted: z.boolean().default(false),
      }),
    )
    .default([]),
  engines: z.number().int().min(0).default(2),
  enginesStartWithMachine: z.boolean().default(false),
  licence: z
    .strictObject({
      licensed: z.boolean().default(true),
      expired: z.boolean().default(false),
      expiration: z.string().default('PERMANENT'),
      maximumEngines: z.number().int().min(0).default(10),
    })
    .prefault({}),
  /** The system encryption key: `weak` is the one all installations share, anything else is a key of its own. */
  encryptionKey: z.string().min(1).default('weak'),
  /** Offset of the server's local time, as v3 writes it. */
  timeZone: z
    .string()
    .regex(/^[+-]\d{4}$/)
    .default('+0000'),
  /** How long a backup, a restore and a job last beyond their real work. */
  backupMs: z.number().int().min(0).default(0),
  restoreMs: z.number().int().min(0).default(0),
  jobMs: z.number().int().min(0).default(0),
  /** How long the core takes to answer after a restart by itself. */
  restartMs: z.number().int().min(0).default(0),
  /** A job cut off by a crash is run again until it was tried this often; 1 switches it off. */
  jobTries: z.number().int().min(1).default(3),
  /** Completed jobs that are kept in the history. */
  keptJobs: z.number().int().min(1).default(2_000),
  /** Shared resources whose files are in a backup. */
  migratable: z
    .array(z.string())
    .default(['FME_SHAREDRESOURCE_DATA', 'FME_SHAREDRESOURCE_ENGINE', 'FME_SHAREDRESOURCE_DASHBOARD']),
  /**
   * Seeded content added to each backup; `changed` entries differ from one `generation` to the next. `sizes`: all alike, or
   * from 1 KB to 20 MB. `text`: the share of the entries that is text and deflates; the others are incompressible.
   */
  filler: z
    .strictObject({
      bytes: z.number().int().min(0).default(0),
      entries: z.number().int().min(1).default(1),
      seed: z.string().default('filler'),
      generation: z.number().int().min(0).default(0),
      changed: z.number().int().min(0).default(0),
      sizes: z.enum(['even', 'mixed']).default('even'),
      text: z.number().min(0).max(1).default(0),
    })
    .prefault({}),
  /** Port of the FME Server Console; 0 is a free one, absent is none. */
  consolePort: z.number().int().min(0).optional(),
  /** Builds from which each part of v4 is served, over the known ones. */
  v4From: z.record(z.string(), z.number().int()).default({}),
  faults: faultsSchema.prefault({}),
  unknowns: z.record(z.string(), z.string()).default({}),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;

/** Checks settings; the error names every wrong path. */
export function parseSettings(input: unknown): Settings {
  const result = settingsSchema.safeParse(input ?? {});
  if (!result.success) throw new Error(`The simulator's settings are wrong:\n${z.prettifyError(result.error)}`);
  return result.data;
}
