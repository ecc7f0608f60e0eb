import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { failure } from '../failure.ts';
import { localFolder, type Place, shown } from './place.ts';
import type { Restic } from './restic.ts';
import { type Label, labelOf } from './tags.ts';
import type { VaultWork } from './vault.ts';

/** A snapshot of ours in one repository. */
export interface Snapshot {
  readonly id: string;
  /** The id it was made with: a copy has another one, and restic keeps this. */
  readonly origin: string;
  readonly time: string;
  readonly label: Label;
}

const Listed = z.array(
  z.object({
    id: z.string().regex(/^[0-9a-f]{64}$/),
    original: z.string().optional(),
    time: z.string(),
    tags: z.array(z.string()).nullish(),
  }),
);

/** Whether a reference, maybe restic's short form, means this snapshot or the one it is a copy of. */
export const means = (snapshot: Snapshot, reference: string): boolean =>
  reference.length >= 8 && (snapshot.id.startsWith(reference) || snapshot.origin.startsWith(reference));

export interface Snapshots {
  /** Every snapshot of ours, oldest first. No lock is taken: nothing is written. */
  list(work: VaultWork): Promise<readonly Snapshot[]>;
  /** Notes one that this process has made, so that it need not be read again. */
  made(snapshot: Snapshot): void;
  /** Takes nothing for known any more. */
  forget(): void;
}

/**
 * The snapshots of one repository. In a local folder each is a file whose name is the hash of its content (restic's
 * documented layout), so restic is asked only when there is a name that was not seen before.
 */
export function createSnapshots(restic: Restic, at: Place): Snapshots {
  const folder = localFolder(at.repository);
  const known = new Map<string, Snapshot | null>();

  const ask = async (work: VaultWork): Promise<readonly Snapshot[]> => {
    const output = await restic.run(work, {
      at,
      args: ['snapshots', '--json', '--no-lock'],
      doing: `list ${shown(at)}`,
    });
    const listed = parse(output, at);
    known.clear();
    for (const one of listed) {
      const label = labelOf(one.tags ?? undefined);
      known.set(one.id, label ? { id: one.id, origin: one.original ?? one.id, time: one.time, label } : null);
    }
    return ours(known.values());
  };

  return {
    async list(work) {
      const names = folder === undefined ? undefined : await snapshotFiles(folder);
      if (names === undefined || names.some((name) => !known.has(name))) return ask(work);
      return ours(names.map((name) => known.get(name) ?? null));
    },
    made(snapshot) {
      if (snapshot.id.length === 64) known.set(snapshot.id, snapshot);
    },
    forget: () => known.clear(),
  };
}

const ours = (all: Iterable<Snapshot | null>): readonly Snapshot[] =>
  [...all]
    .filter((one) => one !== null)
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || a.id.localeCompare(b.id));

function parse(output: string, at: Place) {
  try {
    return Listed.parse(JSON.parse(output) ?? []);
  } catch (cause) {
    throw failure('Unavailable', `restic's list of ${shown(at)} cannot be read: is this program restic?`, cause);
  }
}

/** Names in a repository's folder of snapshots; undefined where there is no repository. */
async function snapshotFiles(folder: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(join(folder, 'snapshots'))).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch {
    return undefined;
  }
}

/** The full id of a snapshot that restic named by its first characters, where that can be told without asking it. */
export async function fullId(at: Place, short: string): Promise<string> {
  const folder = localFolder(at.repository);
  const names = folder === undefined ? undefined : await snapshotFiles(folder);
  const found = names?.filter((name) => name.startsWith(short)) ?? [];
  return found.length === 1 ? (found[0] as string) : short;
}
