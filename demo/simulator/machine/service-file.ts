import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, replaceFileSync } from '../state/files.ts';

export const SERVICES = ['engines', 'core'] as const;
export type ServiceName = (typeof SERVICES)[number];
export const VERBS = ['start', 'stop', 'status', 'enable', 'disable'] as const;
export type Verb = (typeof VERBS)[number];

/** What the services command prints. */
export interface ServiceStatus {
  service: ServiceName;
  state: 'running' | 'stopped';
  running: boolean;
  startsWithMachine: boolean;
  /** When it was started last, UTC; absent while it is stopped. */
  since?: string;
}

/** What the machine's service manager remembers over a restart. */
export type StartModes = Record<ServiceName, boolean>;

/** Where a running machine can be told what to do. */
export interface MachineFile {
  pid: number;
  bootId: string;
  /** Address of the core's public HTTP side. */
  url: string;
  /** Loopback address of the admin side, which stays open while the core is stopped. */
  admin: string;
}

function modesPath(folder: string): string {
  return join(folder, 'services.json');
}

/** Reads which services start with the machine: the core does, the engines as `engines` says until it is changed. */
export function readStartModes(folder: string, engines: boolean): StartModes {
  const saved = readJson(modesPath(folder)) as Partial<StartModes> | undefined;
  return { core: true, engines, ...saved };
}

export function writeStartModes(folder: string, modes: StartModes): void {
  mkdirSync(folder, { recursive: true });
  replaceFileSync(modesPath(folder), JSON.stringify(modes));
}

export function readMachineFile(folder: string): MachineFile | undefined {
  return readJson(join(folder, 'machine.json')) as MachineFile | undefined;
}

export function writeMachineFile(folder: string, machine: MachineFile): void {
  replaceFileSync(join(folder, 'machine.json'), JSON.stringify(machine));
}
