import type { Basics } from '../basics.ts';

export interface Engine {
  name: string;
  host: string;
  queues: string[];
}

/** The engines of a site: which there are, and which queues each serves. */
export interface Engines {
  running(): boolean;
  /** Engines connected to the core: none when the service is stopped or the licence is not valid. */
  list(): Engine[];
  serves(engine: string, queue: string): boolean;
  priority(queue: string): number;
}

/** Derives the engines from settings, licence and queues; `serviceRuns` says whether their service is started. */
export function createEngines(site: Basics, serviceRuns: () => boolean): Engines {
  const serves = (engine: string, queue: string): boolean => {
    const item = site.store.get('queues', queue);
    if (item === undefined) return false;
    return item.engines === 'all' || item.engines.includes(engine);
  };
  return {
    running: serviceRuns,
    list() {
      if (!serviceRuns() || !site.licensed()) return [];
      const count = Math.min(site.settings().engines, site.settings().licence.maximumEngines);
      const host = site.hostName();
      return Array.from({ length: count }, (_, index) => {
        const name = `${host}-${index + 1}`;
        return { name, host, queues: site.store.keys('queues').filter((queue) => serves(name, queue)) };
      });
    },
    serves,
    priority: (queue) => site.store.get('queues', queue)?.priority ?? 0,
  };
}
