import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import type { Finding } from '../../model/finding.ts';
import { pairQueue } from '../../model/names.ts';
import type { Plan } from '../../model/plan.ts';
import type { ControlActivities } from '../../model/site-activities.ts';
import type { ClientCheck, Expected } from '../checks/check.ts';
import { failure } from '../failure.ts';
import type { Fence, FenceResult } from '../fences/fence.ts';
import { withHeartbeat } from '../io.ts';
import type { Redirect } from '../redirects/redirect.ts';
import { polled } from './pollers.ts';

/** What the control worker is made of. */
export interface ControlDeps {
  readonly plan: Plan;
  readonly client: Client;
  readonly redirects: Readonly<Record<string, Redirect>>;
  readonly checks: Readonly<Record<string, ClientCheck>>;
  /** Per site: its fences that run from control. */
  readonly fences: Readonly<Record<string, readonly Fence[]>>;
  /** Addresses of a site's components, as the configuration has them. */
  addresses(site: string): Expected['addresses'];
  runHook(id: string, facts: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string>;
  check(signal: AbortSignal): Promise<readonly Finding[]>;
  /** Folder of reports. */
  readonly reports: string;
}

/** Everything that the control worker offers: what is done from outside both sites. */
export function createControlActivities(deps: ControlDeps): ControlActivities {
  const own = (pair: string): void => {
    if (pair !== deps.plan.pair) {
      throw failure(
        'InvalidInput',
        `this control worker knows the pair "${deps.plan.pair}", not "${pair}"; a right input has "pair": "${deps.plan.pair}"`,
      );
    }
  };
  const redirect = (name: string): Redirect => {
    const found = deps.redirects[name];
    if (!found) throw failure('InvalidInput', `the configuration has no redirect "${name}"`);
    return found;
  };

  return {
    async loadPlan({ pair }) {
      if (pair !== deps.plan.pair && (await polled(deps.client, pairQueue(pair), 'activity'))) return null;
      own(pair);
      return deps.plan;
    },

    checkControl: ({ pair }) =>
      withHeartbeat(async (io) => {
        own(pair);
        const redirects = await Promise.all(Object.values(deps.redirects).map((each) => each.check(io.signal)));
        const fences = await Promise.all(
          Object.values(deps.fences)
            .flat()
            .map((each) => each.check(io.signal)),
        );
        return [...(await deps.check(io.signal)), ...redirects.flat(), ...fences.flat()];
      }),

    async runsGone({ operations }) {
      const gone: string[] = [];
      for (const operation of operations) if (await isGone(deps.client, operation)) gone.push(operation);
      return gone;
    },

    readRedirect: ({ pair, name }) =>
      withHeartbeat(async (io) => {
        own(pair);
        return { leadsTo: await redirect(name).read(io.signal) };
      }),

    moveRedirect: ({ pair, name, to }) =>
      withHeartbeat(async (io) => {
        own(pair);
        const means = redirect(name);
        const moved = await means.move(io.signal, to);
        if (moved !== 'moved') return { moved: false, ask: moved.ask };
        if (!means.readsBack) return { moved: true };
        const leadsTo = await means.read(io.signal);
        if (leadsTo !== to) {
          const says = leadsTo === 'unknown' ? 'what it reads back names no site' : `still leads to ${leadsTo}`;
          throw failure('NotYet', `${name} was moved to ${to}, and ${says}`);
        }
        return { moved: true };
      }),

    runCheck: ({ pair, name, site, identity }) =>
      withHeartbeat(async (io) => {
        own(pair);
        const check = deps.checks[name];
        if (!check) throw failure('InvalidInput', `the configuration has no check "${name}"`);
        const found = await check.run(io.signal, { site, identity, addresses: deps.addresses(site) });
        if (!found.ok) throw failure('NotYet', `${name}, seen from control: ${found.saw}`);
        return found;
      }),

    fence: ({ pair, site, name }) =>
      withHeartbeat(async (io) => {
        own(pair);
        const fence = deps.fences[site]?.find((each) => each.name === name);
        if (!fence) throw failure('InvalidInput', `${site} has no fence "${name}" that runs from control`);
        const done = await fence.fence(io.signal);
        return says(done.result === 'confirmed' ? await fence.read(io.signal) : done);
      }),

    runHook: ({ pair, hook, facts }) =>
      withHeartbeat(async (io) => {
        own(pair);
        return { says: await deps.runHook(hook, facts, io.signal) };
      }),

    async keepReport({ pair, run, report }) {
      own(pair);
      await mkdir(deps.reports, { recursive: true });
      await writeFile(
        join(deps.reports, `${run.replaceAll(/[^A-Za-z0-9-]/g, '_')}.json`),
        `${JSON.stringify(report, null, 2)}\n`,
      );
    },
  };
}

/** A run is gone when it is closed, or when this Temporal does not know it. Without a run id the newest of the id counts. */
async function isGone(client: Client, operation: string): Promise<boolean> {
  const cut = operation.lastIndexOf('/');
  try {
    const { status } = await client.workflow
      .getHandle(operation.slice(0, cut), operation.slice(cut + 1) || undefined)
      .describe();
    return status.name !== 'RUNNING' && status.name !== 'PAUSED';
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return true;
    if (isGrpcServiceError(error))
      throw failure('Unavailable', 'Temporal did not say whether a run is still going', error);
    throw error;
  }
}

const says = (found: FenceResult): { result: FenceResult['result']; says: string } => ({
  result: found.result,
  says: found.result === 'confirmed' ? found.saw : found.result === 'ask' ? found.todo : found.why,
});
