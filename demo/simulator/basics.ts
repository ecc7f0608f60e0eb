import type { Faults } from './faults.ts';
import type { Settings } from './settings.ts';
import type { Identity } from './state/identity.ts';
import type { FileArea } from './state/resource-files.ts';
import type { Store } from './state/store.ts';
import type { Unknowns } from './unknowns.ts';

/** What every part of a simulated site knows. */
export interface Basics {
  /** Name of the site. */
  readonly name: string;
  /** Folder of its state. */
  readonly folder: string;
  readonly build: number;
  readonly identity: Identity;
  readonly store: Store;
  /** Files of the shared resources, one root per resource. */
  readonly resources: FileArea;
  /** Files of the repositories, one root per repository. */
  readonly repositories: FileArea;
  readonly faults: Faults;
  settings(): Settings;
  unknowns(): Unknowns;
  /** The site's clock, skew included. */
  now(): Date;
  hostName(): string;
  licensed(): boolean;
}

/** The signal that a part of the site was stopped: work that sees it ends without another effect. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/** Waits; ends at once with `Stopped` when the signal comes. No time is no wait at all. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(new Stopped());
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(new Stopped());
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Waits for ever, or until the signal comes. */
export function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(new Stopped());
    signal.addEventListener('abort', () => reject(new Stopped()), { once: true });
  });
}
