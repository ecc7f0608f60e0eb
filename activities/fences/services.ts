import type { Component, Work } from '../components/component.ts';
import { failure } from '../failure.ts';
import type { Fence, FenceResult } from './fence.ts';
import { type FenceParts, orFailed } from './means.ts';

/** A quiet site posts no tasks; what would need the journal is a mistake here. */
const workOf = (site: string, component: string, signal: AbortSignal): Work => ({
  signal,
  progress: () => {},
  key: `fence-${site}-${component}`,
  openTasks: [],
  intendTask: async () => {
    throw failure('Refused', 'a fence posts no tasks to an application');
  },
  taskEnded: async () => {},
});

/** Every component is made quiet: its executing parts stopped, and not started with the machine. The first fence at demote. */
export function servicesFence(_config: { readonly kind: 'services' }, { site, components }: FenceParts): Fence {
  const read = (signal: AbortSignal): Promise<FenceResult> =>
    orFailed(signal, async () => {
      const looks = Object.entries(components).map(async ([name, component]) => acting(name, component, signal));
      const acts = (await Promise.all(looks)).filter((each) => each !== undefined);
      return acts.length > 0
        ? { result: 'failed', why: acts.join('; ') }
        : { result: 'confirmed', saw: `the executing parts of ${Object.keys(components).join(', ')} are stopped` };
    });
  return {
    kind: 'services',
    name: 'services',
    at: 'site',
    stronger: false,
    read,
    fence: (signal) =>
      orFailed(signal, async () => {
        for (const [name, component] of Object.entries(components)) await component.quiet(workOf(site, name, signal));
        return read(signal);
      }),
    // The components check themselves.
    check: async () => [],
  };
}

async function acting(name: string, component: Component, signal: AbortSignal): Promise<string | undefined> {
  const { running, startsWithMachine } = (await component.observe(signal)).executing;
  if (running) return `the executing part of ${name} runs`;
  return startsWithMachine ? `the executing part of ${name} would start with the machine` : undefined;
}
