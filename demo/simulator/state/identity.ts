import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, replaceFileSync } from './files.ts';

/** What belongs to the machine and is in no backup. */
export interface Identity {
  /** Key the licence is tied to. */
  readonly machineKey: string;
  readonly systemCode: string;
  readonly serialNumber: string;
}

/** Reads the identity of the installation in this folder, or makes one at its first start. */
export function readIdentity(folder: string, machineKey: string | undefined): Identity {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'identity.json');
  const saved = readJson(path) as Identity | undefined;
  if (saved !== undefined && (machineKey === undefined || machineKey === saved.machineKey)) return saved;
  const key = machineKey ?? createHash('sha256').update(randomUUID()).digest('hex').slice(0, 10);
  const digits = createHash('sha256').update(key).digest('hex').toUpperCase();
  const identity: Identity = {
    machineKey: key,
    systemCode: `${digits.slice(0, 8)}-${digits.slice(8, 12)}`,
    serialNumber: `${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20, 24)}`,
  };
  replaceFileSync(path, JSON.stringify(identity, null, 2));
  return identity;
}
