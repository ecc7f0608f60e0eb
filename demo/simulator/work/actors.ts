import type { Basics } from '../basics.ts';
import type { IntervalUnit, Repeating, RunRequest } from '../state/items.ts';
import { scheduleKey } from '../state/items.ts';
import type { JobSource } from './job.ts';
import type { Jobs } from './jobs.ts';

const UNIT_MS: Record<IntervalUnit, number> = {
  milliseconds: 1,
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};
/** After a long sleep of the process no more than this many fire times are made up for. */
const MOST_AT_ONCE = 100;

/** What acts by itself: schedules, automations with a timer, streams, and publications that make messages. */
export interface Actors {
  /** Passes a message to a topic: its subscriptions may run workspaces. */
  publish(topic: string, planned?: string): Promise<number[]>;
  /** Runs what a webhook of an automation triggers; the job's number, or `undefined` when it is not enabled. */
  trigger(automation: string, parameters: RunRequest['publishedParameters']): Promise<number | undefined>;
  /** Messages are held back while a restore asks for it. */
  pauseMessages(paused: boolean): void;
  start(): void;
  stop(): void;
}

interface Actor extends Repeating {
  key: string;
  enabled: boolean;
  messages: boolean;
  fire(planned: string): Promise<unknown>;
}

/** Fires at the points of each grid `begin + k × interval`, so both sites name one occurrence by the same planned time. */
export function createActors(site: Basics, jobs: Jobs, ready: () => boolean): Actors {
  let timer: NodeJS.Timeout | undefined;
  let cursor = site.now().getTime();
  let paused = false;
  let started = false;
  /** Those that acted at the last look: who is new fires from now on, not from then. */
  let known = new Set<string>();

  const submit = async (run: RunRequest, source: JobSource): Promise<number> => {
    const owner = site.settings().adminUser;
    const userId = site.store.get('users', owner)?.id ?? '';
    const { repository, workspace, publishedParameters, queue } = run;
    const job = await jobs.submit({ repository, workspace, publishedParameters, queue, user: owner, userId, source });
    return job.id;
  };
  const publish = async (topic: string, planned?: string): Promise<number[]> => {
    if (paused) return [];
    const subscribers = site.store.list('subscriptions').filter((each) => each.topics.includes(topic));
    const numbers: number[] = [];
    for (const each of subscribers) {
      if (each.run === undefined) continue;
      const source: JobSource = { type: 'workspaceSubscriptions', id: each.name, name: each.name };
      numbers.push(await submit(each.run, planned === undefined ? source : { ...source, planned }));
    }
    return numbers;
  };
  const actors = (): Actor[] => [
    ...site.store.list('schedules').map((each) => ({
      ...each,
      key: `schedules ${scheduleKey(each)}`,
      messages: false,
      fire: (planned: string) => submit(each, { type: 'schedules', id: each.id, name: scheduleKey(each), planned }),
    })),
    ...site.store.list('automations').map((each) => ({
      ...each,
      key: `automations ${each.name}`,
      messages: true,
      fire: (planned: string) => submit(each, { type: 'automations', id: each.id, name: each.name, planned }),
    })),
    ...site.store.list('streams').map((each) => ({
      ...each,
      key: `streams ${each.name}`,
      messages: true,
      fire: (planned: string) => submit(each, { type: 'streams', id: each.id, name: each.name, planned }),
    })),
    ...site.store.list('publications').map((each) => ({
      ...each,
      key: `publications ${each.name}`,
      messages: true,
      fire: async (planned: string) => {
        for (const topic of each.topics) await publish(topic, planned);
      },
    })),
  ];
  const acting = (): Actor[] =>
    actors().filter((actor) => actor.enabled && actor.interval > 0 && !(actor.messages && paused));

  const tick = (): void => {
    const now = site.now().getTime();
    const from = cursor;
    cursor = Math.max(cursor, now);
    const present = acting();
    if (ready()) {
      for (const actor of present) {
        for (const point of pointsBetween(actor, known.has(actor.key) ? from : now, now)) {
          actor.fire(new Date(point).toISOString()).catch((cause: unknown) => {
            if (started) console.error('The simulated scheduler failed:', cause);
          });
        }
      }
    }
    known = new Set(present.map((actor) => actor.key));
    arm();
  };
  const arm = (): void => {
    if (!started) return;
    clearTimeout(timer);
    const now = site.now().getTime();
    const next = acting().map((actor) => nextPoint(actor, now) - now);
    // Looked at again within half a second, since items, settings and the clock may change meanwhile.
    timer = setTimeout(tick, Math.max(1, Math.min(500, ...next)));
  };
  return {
    publish,
    async trigger(automation, parameters) {
      const item = site.store.list('automations').find((each) => each.id === automation);
      if (item === undefined || !item.enabled || paused) return undefined;
      const publishedParameters = [
        ...item.publishedParameters.filter((old) => !parameters.some((each) => each.name === old.name)),
        ...parameters,
      ];
      return submit({ ...item, publishedParameters }, { type: 'automations', id: item.id, name: item.name });
    },
    pauseMessages(value) {
      paused = value;
    },
    start() {
      if (started) return;
      started = true;
      cursor = site.now().getTime();
      known = new Set(acting().map((actor) => actor.key));
      arm();
    },
    stop() {
      started = false;
      clearTimeout(timer);
    },
  };
}

function step(actor: Repeating): number {
  return actor.interval * UNIT_MS[actor.intervalUnit];
}

function nextPoint(actor: Repeating, after: number): number {
  const begin = Date.parse(actor.begin);
  if (after < begin) return begin;
  return begin + (Math.floor((after - begin) / step(actor)) + 1) * step(actor);
}

function pointsBetween(actor: Repeating, after: number, upTo: number): number[] {
  const points: number[] = [];
  for (let point = nextPoint(actor, after); point <= upTo; point += step(actor)) points.push(point);
  return points.slice(-MOST_AT_ONCE);
}
