import { z } from 'zod';

/** Restricts an HTTP fault: only these methods, paths and queries (regular expressions), only so many times. */
const where = {
  method: z.string().optional(),
  path: z.string().optional(),
  /** Looked for in the query as it was decoded, e.g. `path=orders$`. */
  query: z.string().optional(),
  times: z.number().int().positive().optional(),
};

/** Every fault that can be switched on while a site runs. Absent means off. */
export const faultsSchema = z.strictObject({
  /** Health says no: with status 200 and another word than `ok` (`quiet`), or by the status. */
  unhealthy: z.enum(['quiet', 'status']).optional(),
  /** Every matching answer comes this much later. */
  slow: z.strictObject({ ...where, ms: z.number().int().positive() }).optional(),
  /** An error status whose body is not JSON, as a proxy gives it; nothing is done. */
  httpError: z.strictObject({ ...where, status: z.number().int().min(400).max(599) }).optional(),
  /** The connection breaks before the request is worked on. */
  dropBefore: z.strictObject(where).optional(),
  /** The connection breaks after the work was done, so the caller cannot know. */
  dropAfter: z.strictObject(where).optional(),
  /** Matching requests are never answered and never worked on. */
  hang: z.strictObject(where).optional(),
  /** Migration tasks of this type end as failed before they change anything. */
  taskFails: z.enum(['export', 'import', 'any']).optional(),
  /** A restore fails after half of its items were applied. */
  restoreFailsHalfway: z.boolean().optional(),
  /** A restore on a server whose engines are stopped waits for them, or fails. */
  restoreNeedsEngines: z.enum(['waits', 'fails']).optional(),
  /** Migration tasks never end. */
  taskNeverEnds: z.enum(['export', 'import', 'any']).optional(),
  /** A restore says success but leaves these items out (`kind/key`). */
  restoreLoses: z.array(z.string()).optional(),
  /** No room: tasks fail halfway, uploads are refused. */
  diskFull: z.boolean().optional(),
  /** A list never has more than this many items a page, whatever was asked for. */
  pageLimit: z.number().int().positive().optional(),
  /** A list ends early: its total says more than can be had (`short`), or agrees with what is missing (`silent`). */
  incompleteList: z
    .strictObject({ ...where, how: z.enum(['short', 'silent']), missing: z.number().int().positive() })
    .optional(),
  tokenExpired: z.boolean().optional(),
  unlicensed: z.boolean().optional(),
  /** Another time zone than the settings say, e.g. `+0200`. */
  timeZone: z
    .string()
    .regex(/^[+-]\d{4}$/)
    .optional(),
  clockSkewMs: z.number().int().optional(),
  /** Uploads into a shared resource answer 207: a part failed. */
  upload207: z.boolean().optional(),
  /** Downloads break off in the middle: connection destroyed (`broken`), or ended as if complete (`short`). */
  truncatedDownload: z.enum(['broken', 'short']).optional(),
  /** One byte in the middle of a package is wrong. */
  corruptPackage: z.boolean().optional(),
  jobsFail: z.boolean().optional(),
  jobsHang: z.boolean().optional(),
  /** The engines service does not start. */
  enginesDoNotStart: z.boolean().optional(),
  /** The engines service does not stop. */
  enginesDoNotStop: z.boolean().optional(),
});

export type FaultValues = z.infer<typeof faultsSchema>;
export type FaultName = keyof FaultValues;

/** Faults that apply to matching HTTP requests. */
export type HttpFaultName = 'slow' | 'httpError' | 'dropBefore' | 'dropAfter' | 'hang' | 'incompleteList';

export interface Faults {
  /** The value of a fault, `undefined` when it is off. */
  get<Name extends FaultName>(name: Name): FaultValues[Name];
  /** Switches a fault on, or off with `undefined` or `null`. */
  set<Name extends FaultName>(name: Name, value: FaultValues[Name] | null): void;
  /** The fault if it applies to this request; counts down `times`. */
  hit<Name extends HttpFaultName>(
    name: Name,
    method: string,
    path: string,
    query?: string,
  ): FaultValues[Name] | undefined;
  all(): FaultValues;
}

/** Keeps the faults of one site. */
export function createFaults(initial: FaultValues = {}): Faults {
  const values: FaultValues = { ...initial };
  const left = new Map<string, number>();
  return {
    get: (name) => values[name],
    set(name, value) {
      left.delete(name);
      if (value === null || value === undefined || value === false) delete values[name];
      else Object.assign(values, faultsSchema.parse({ [name]: value }));
    },
    hit(name, method, path, query = '') {
      const fault: FaultValues[HttpFaultName] = values[name];
      if (fault === undefined) return undefined;
      if (fault.method !== undefined && fault.method.toUpperCase() !== method) return undefined;
      if (fault.path !== undefined && !new RegExp(fault.path).test(path)) return undefined;
      if (fault.query !== undefined && !new RegExp(fault.query).test(query)) return undefined;
      if (fault.times !== undefined) {
        const remaining = left.get(name) ?? fault.times;
        if (remaining <= 0) return undefined;
        left.set(name, remaining - 1);
      }
      return values[name];
    },
    all: () => ({ ...values }),
  };
}
