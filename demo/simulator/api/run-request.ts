import { z } from 'zod';
import type { PublishedParameter, Repeating, RunRequest } from '../state/items.ts';

export const publishedParameter = z.strictObject({
  name: z.string().min(1),
  value: z.union([z.string(), z.array(z.string())]),
});

/** What v3 calls the request of a job; the parts that this server keeps. */
export const requestV3 = z.strictObject({
  publishedParameters: z.array(publishedParameter).default([]),
  TMDirectives: z
    .strictObject({
      rtc: z.boolean().optional(),
      ttc: z.number().int().optional(),
      ttl: z.number().int().optional(),
      tag: z.string().optional(),
      description: z.string().optional(),
    })
    .default({}),
  NMDirectives: z
    .strictObject({
      directives: z.array(z.strictObject({ name: z.string().optional(), value: z.string().optional() })).optional(),
      successTopics: z.array(z.string()).optional(),
      failureTopics: z.array(z.string()).optional(),
    })
    .default({}),
});

/** Fields of a thing that acts on a grid of times; the names are this simulator's own, the product's are unknown. */
export const repeatingFields = {
  interval: z.number().int().min(0).default(0),
  intervalUnit: z.enum(['milliseconds', 'seconds', 'minutes', 'hours', 'days']).default('seconds'),
  begin: z.iso.datetime().default('2024-01-01T00:00:00.000Z'),
};

export function repeatingWire(item: Repeating) {
  return { interval: item.interval, intervalUnit: item.intervalUnit, begin: item.begin };
}

export function requestWireV3(run: RunRequest) {
  return { publishedParameters: run.publishedParameters, TMDirectives: { tag: run.queue }, NMDirectives: {} };
}

/** v4 writes parameters as an object. */
export const parametersV4 = z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({});

export function parametersFromV4(values: Record<string, string | string[]>): PublishedParameter[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

export function parametersToV4(values: readonly PublishedParameter[]): Record<string, string | string[]> {
  return Object.fromEntries(values.map(({ name, value }) => [name, value]));
}
