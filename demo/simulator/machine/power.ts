import {
  readStartModes,
  type ServiceName,
  type ServiceStatus,
  type StartModes,
  type Verb,
  writeStartModes,
} from './service-file.ts';

/** What starting and stopping a service really does. */
export type ServiceActions = Record<ServiceName, { start(): Promise<void> | void; stop(): Promise<void> }>;

/** The service manager of a machine: one command after another, so that a stop never overtakes a start. */
export interface ServiceManager {
  readonly modes: StartModes;
  runs(service: ServiceName): boolean;
  command(verb: Verb, service: ServiceName): Promise<ServiceStatus>;
  /** Starts what starts with the machine. */
  boot(): Promise<void>;
  /** The power is gone: nothing runs any more. */
  off(): void;
}

export function createServiceManager(folder: string, engines: boolean, actions: ServiceActions): ServiceManager {
  const modes = readStartModes(folder, engines);
  const running: Record<ServiceName, boolean> = { core: false, engines: false };
  const started: Partial<Record<ServiceName, string>> = {};
  let last: Promise<unknown> = Promise.resolve();

  const start = async (service: ServiceName): Promise<void> => {
    if (running[service]) return;
    running[service] = true;
    try {
      await actions[service].start();
      started[service] = new Date().toISOString();
    } catch (cause) {
      running[service] = false;
      throw cause;
    }
  };
  const stop = async (service: ServiceName): Promise<void> => {
    if (!running[service]) return;
    running[service] = false;
    try {
      await actions[service].stop();
    } catch (cause) {
      running[service] = true;
      throw cause;
    }
  };
  const act = async (verb: Verb, service: ServiceName): Promise<ServiceStatus> => {
    if (verb === 'start') await start(service);
    if (verb === 'stop') await stop(service);
    if (verb === 'enable' || verb === 'disable') {
      modes[service] = verb === 'enable';
      writeStartModes(folder, modes);
    }
    const startsWithMachine = modes[service];
    const since = started[service];
    return running[service]
      ? { service, state: 'running', running: true, startsWithMachine, ...(since === undefined ? {} : { since }) }
      : { service, state: 'stopped', running: false, startsWithMachine };
  };
  return {
    modes,
    runs: (service) => running[service],
    command(verb, service) {
      const done = last.then(() => act(verb, service));
      last = done.catch(() => {});
      return done;
    },
    async boot() {
      if (modes.engines) await start('engines');
      if (modes.core) await start('core');
    },
    off() {
      running.core = false;
      running.engines = false;
    },
  };
}
