import { proxyActivities } from '@temporalio/workflow';
import { CONTROL_QUEUE, pairQueue, siteQueue } from '../model/names.ts';
import type { ControlActivities, SiteActivities } from '../model/site-activities.ts';
import { located } from './failures.ts';

/** Enough for a worker that is restarted or a network that hiccups; after that a person is asked. */
const RETRY = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '20 seconds',
  maximumAttempts: 6,
} as const;

const STEP = {
  // A step is as long as the data is large; that it lives is told by its heartbeat, which finds a dead worker in seconds.
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '10 seconds',
  // Longer than a restart of a worker takes. Then the site counts as not answering, and the run asks.
  scheduleToStartTimeout: '2 minutes',
  // What a cancelled run undoes must not still be going on. Said here because the SDK leaves it to the server, which would not wait.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: RETRY,
} as const;

const LOOK = { ...STEP, startToCloseTimeout: '5 minutes', retry: { ...RETRY, maximumAttempts: 3 } } as const;

/** What a site's worker does for us. The summary is what people read in the timeline: at most 200 bytes, plain text. */
export const at = (pair: string, site: string, summary: string): SiteActivities =>
  telling(site, proxyActivities<SiteActivities>({ ...STEP, taskQueue: siteQueue(pair, site), summary }));

/** The same for looking: soon given up, because not being answered is an observation too. */
export const lookAt = (
  pair: string,
  site: string,
  summary: string,
  wait: '2 minutes' | '20 seconds' | '5 seconds' = '20 seconds',
): SiteActivities =>
  telling(
    site,
    proxyActivities<SiteActivities>({
      ...LOOK,
      scheduleToStartTimeout: wait,
      taskQueue: siteQueue(pair, site),
      summary,
    }),
  );

/** The same for what would be good to have done, and holds up nobody who waits for more. */
export const atSoon: typeof at = (pair, site, summary) =>
  telling(
    site,
    proxyActivities<SiteActivities>({
      ...LOOK,
      scheduleToStartTimeout: '5 seconds',
      startToCloseTimeout: '20 seconds',
      retry: { maximumAttempts: 1 },
      taskQueue: siteQueue(pair, site),
      summary,
    }),
  );

export const control = (pair: string, summary: string): ControlActivities =>
  telling('control', proxyActivities<ControlActivities>({ ...STEP, taskQueue: pairQueue(pair), summary }));

/** Whichever control worker comes first, of this pair or another: what any of them can tell. */
export const anyControl = (summary: string): Pick<ControlActivities, 'loadPlan'> =>
  telling('control', proxyActivities<ControlActivities>({ ...STEP, taskQueue: CONTROL_QUEUE, summary }));

/** The same for what is only worth a thought: while a site is lost, each second waited is outage. */
export const controlSoon = (pair: string, summary: string): ControlActivities =>
  telling(
    'control',
    proxyActivities<ControlActivities>({
      ...LOOK,
      startToCloseTimeout: '20 seconds',
      retry: { maximumAttempts: 1 },
      taskQueue: pairQueue(pair),
      summary,
    }),
  );

/** Checks and what else only becomes true after a while: more patience than a step that fails. */
export const patient = (attempts: number): { readonly at: typeof at; readonly control: typeof control } => {
  const retry = {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 1.5,
    maximumInterval: '10 seconds',
    maximumAttempts: attempts,
  } as const;
  return {
    at: (pair, site, summary) =>
      telling(site, proxyActivities<SiteActivities>({ ...STEP, retry, taskQueue: siteQueue(pair, site), summary })),
    control: (pair, summary) =>
      telling('control', proxyActivities<ControlActivities>({ ...STEP, retry, taskQueue: pairQueue(pair), summary })),
  };
};

/** The same activities, whose failures tell where. */
function telling<Activities extends object>(where: string, activities: Activities): Activities {
  return new Proxy(activities, {
    get(target, name) {
      const call = Reflect.get(target, name) as (...input: unknown[]) => Promise<unknown>;
      return (...input: unknown[]) =>
        call(...input).catch((error: unknown) => {
          throw located(error, where);
        });
    },
  });
}
