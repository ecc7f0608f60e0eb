import { z } from 'zod';
import { failure } from '../../failure.ts';

/** What a program may answer, verb by verb. Unknown keys are ignored, so that a program may say more than is asked. */

const names = z.array(z.string());
const job = z.object({ id: z.coerce.string(), title: z.string().default(''), request: z.unknown() });

export const Identity = z.object({ identity: z.string().min(1) });
export const Observed = z.object({
  version: z.string().min(1),
  /** When the application started, as stable as it can be told. */
  started: z.string().default('not told'),
  healthy: z.boolean(),
  says: z.string().default(''),
  /** `null`: nothing of it acts by itself. Never left out: a part that was forgotten would count as fenced. */
  running: z.boolean().nullable(),
  startsWithMachine: z.boolean(),
  tasks: z.array(z.object({ name: z.string(), since: z.string().default('') })).default([]),
});
export const Inventory = z.object({
  inventory: z.record(z.string(), z.record(z.string(), z.string()).nullable()),
});
export const EnabledNow = z.object({ enabled: z.record(z.string(), names) });
export const Jobs = z.object({ running: z.array(job).default([]), queued: z.array(job).default([]) });
/** Ids of jobs that had ended by themselves before they could be cancelled. */
export const Cancelled = z.object({ ended: z.array(z.coerce.string()).default([]) });
export const Notes = z.object({ notes: names.default([]) });
export const Findings = z.object({
  findings: z.array(
    z.object({
      level: z.enum(['ok', 'note', 'warning', 'error']),
      topic: z.string(),
      says: z.string(),
      todo: z.string().optional(),
    }),
  ),
});

/** Reads an answer. Errors: `Refused`, with the path of what is not as the contract has it. */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, verb: string, said: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(said);
  } catch {
    const shown = said.trim() === '' ? 'nothing' : said.trim().slice(0, 200);
    throw failure('Refused', `the program's answer to "${verb}" is no JSON: it printed ${shown}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`);
  throw failure('Refused', `the program's answer to "${verb}" is not as its contract has it: ${faults.join('; ')}`);
}
