import { statfs } from 'node:fs/promises';
import type { Secret } from '../../model/config.ts';
import type { Finding } from '../../model/finding.ts';
import { remedyFor } from '../config/secrets.ts';
import { strangerIn } from './create.ts';
import type { Documents } from './documents.ts';
import { pieceRoom } from './pieces/room.ts';
import { localFolder, type Place, shown } from './place.ts';
import { sealedPoints } from './points.ts';
import { conflicts, holdsLocks, type Restic } from './restic.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';
import type { VaultWork } from './vault.ts';

export interface CheckDependencies {
  readonly restic: Restic;
  readonly documents: Documents;
  readonly pair: string;
  readonly own: Place;
  readonly peer: Place;
  readonly ownSnapshots: Snapshots;
  readonly peerSnapshots: Snapshots;
  readonly cacheFolder: string;
  resolve(secret: Secret): Promise<string>;
}

/** restic 0.14 is the first that makes repositories with another's chunker parameters and copies into format 2. */
const OLDEST_MINOR = 14;
/** A backup, a copy and a restore may each need the package once. */
const ROOM = 3;

/** Everything a sync needs of both vaults. Changes nothing in them: no lock is taken. */
export async function checkVaults(work: VaultWork, use: CheckDependencies): Promise<readonly Finding[]> {
  const { own, peer } = use;
  const version = await checkVersion(work, use);
  if (version.level === 'error') return [version];
  const conflict = checkEnvironments(own, peer);
  const [ours, theirs] = await Promise.all([open(work, use, own), open(work, use, peer)]);
  const listed = ours.chunker === undefined ? [] : await use.ownSnapshots.list(work);
  return [
    version,
    ...conflict,
    ...ours.findings,
    ...theirs.findings,
    ...(ours.chunker === undefined ? [] : [whose(use, own, listed)]),
    ...(theirs.chunker === undefined ? [] : [whose(use, peer, await use.peerSnapshots.list(work))]),
    ...chunkers(own, ours.chunker, theirs.chunker),
    ...(ours.chunker === undefined ? [] : await points(work, use, listed)),
    ...locks(own),
  ];
}

async function checkVersion(work: VaultWork, { restic, own }: CheckDependencies): Promise<Finding> {
  const site = own.site;
  try {
    const says = await restic.version(work);
    const [, major = '0', minor = '0'] = /restic (\d+)\.(\d+)/.exec(says) ?? [];
    const fits = Number(major) > 0 || Number(minor) >= OLDEST_MINOR;
    return fits
      ? { level: 'ok', topic: 'restic', site, says }
      : {
          level: 'error',
          topic: 'restic',
          site,
          says: says || 'the program says no version',
          todo: 'install restic 0.14 or newer',
        };
  } catch (error) {
    return { level: 'error', topic: 'restic', site, says: messageOf(error), todo: 'install restic 0.14 or newer' };
  }
}

function checkEnvironments(own: Place, peer: Place): readonly Finding[] {
  const plain = (place: Place) =>
    Object.fromEntries(Object.entries(place.environment).map(([name, value]) => [name, JSON.stringify(value)]));
  const names = conflicts(plain(own), plain(peer));
  if (names.length === 0) return [];
  return [
    {
      level: 'error',
      topic: 'vault-environment',
      site: own.site,
      says: `${names.join(', ')} differ between ${shown(own)} and ${shown(peer)}, but restic copies with one environment`,
      todo: 'use one key that may write the own vault and read the other, and give it under "peer.environment" too',
    },
  ];
}

/** Each vault is looked at from both sites: who looked is said where it is not its own. */
const seen = ({ own }: CheckDependencies, at: Place): string => (at === own ? '' : `seen from ${own.site}: `);

/** What the worker of this site lacks to open a repository: nothing else can be told then. */
async function missingSecrets(use: CheckDependencies, at: Place): Promise<readonly Finding[]> {
  const secrets = [at.password, ...Object.values(at.environment).filter((value) => typeof value !== 'string')];
  const found = secrets.map((secret) =>
    use.resolve(secret).then(
      () => [],
      (error): readonly Finding[] => [
        {
          level: 'error',
          topic: 'vault',
          site: at.site,
          says: `${seen(use, at)}${messageOf(error)}`,
          todo: `give it to the worker of ${use.own.site}: ${remedyFor(secret)}`,
        },
      ],
    ),
  );
  return (await Promise.all(found)).flat();
}

/** Opens a repository: reachable, and the password fits. */
async function open(
  work: VaultWork,
  use: CheckDependencies,
  at: Place,
): Promise<{ readonly chunker?: string; readonly findings: readonly Finding[] }> {
  const missing = await missingSecrets(use, at);
  if (missing.length > 0) return { findings: missing };
  try {
    const args = ['cat', 'config', '--no-lock'];
    const config = JSON.parse(await use.restic.run(work, { at, args, doing: `open ${shown(at)}` }));
    const says = `${seen(use, at)}${shown(at)} can be read`;
    return {
      chunker: String(config.chunker_polynomial),
      findings: [{ level: 'ok', topic: 'vault', site: at.site, says }],
    };
  } catch (error) {
    work.signal.throwIfAborted();
    const todo = 'correct the repository, its password or its rights, or run "understudy setup" if it was never made';
    const says = `${seen(use, at)}${messageOf(error)}`;
    return { findings: [{ level: 'error', topic: 'vault', site: at.site, says, todo }] };
  }
}

function whose(use: CheckDependencies, at: Place, snapshots: readonly Snapshot[]): Finding {
  const site = at.site;
  const vault = `${seen(use, at)}${shown(at)}`;
  const stranger = strangerIn(snapshots, use.pair, site);
  if (stranger) {
    return {
      level: 'error',
      topic: 'vault-owner',
      site,
      says: `${vault} ${stranger}`,
      todo: 'configure the right place',
    };
  }
  return snapshots.some((one) => one.label.kind === 'vault')
    ? { level: 'ok', topic: 'vault-owner', site, says: `${vault} is marked as this pair's` }
    : {
        level: 'error',
        topic: 'vault-owner',
        site,
        says: `${vault} has no marker`,
        todo: 'run "understudy setup"',
      };
}

function chunkers(own: Place, ours?: string, theirs?: string): readonly Finding[] {
  if (ours === undefined || theirs === undefined) return [];
  const topic = 'vault-chunker';
  if (ours === theirs) return [{ level: 'ok', topic, site: own.site, says: 'both vaults cut data in the same way' }];
  return [
    {
      level: 'warning',
      topic,
      site: own.site,
      says: 'the vaults cut data in different ways: after a failover everything is copied and stored again',
      todo: 'make one of them anew (move it away, then run "understudy setup"): it takes over the parameters of the other',
    },
  ];
}

async function points(
  work: VaultWork,
  use: CheckDependencies,
  listed: readonly Snapshot[],
): Promise<readonly Finding[]> {
  const { own } = use;
  const sealed = await sealedPoints(work, use.documents, own, use.pair, listed);
  const whole = new Set(sealed.map((point) => point.manifest.id));
  const broken = new Set(
    listed.flatMap(({ label }) =>
      label.kind === 'manifest' && label.point !== undefined && !whole.has(label.point) ? [label.point] : [],
    ),
  );
  const findings: Finding[] = [...broken].map((point) => ({
    level: 'warning',
    topic: 'vault-points',
    site: own.site,
    says: `${point} in ${shown(own)} has a manifest, but not everything that it names`,
    todo: 'it is not used; it was cut short, or someone removed snapshots by hand',
  }));
  const newest = sealed.at(-1)?.manifest;
  const bytes = newest?.artefacts.reduce((total, one) => total + one.bytes, 0);
  return [...findings, ...(await room(own, bytes)), ...(await pieceRoom(own.site, use.cacheFolder, newest))];
}

async function room(own: Place, newest: number | undefined): Promise<readonly Finding[]> {
  const folder = localFolder(own.repository);
  if (folder === undefined) return [];
  const found = await statfs(folder).catch(() => undefined);
  if (found === undefined) return [];
  const free = found.bavail * found.bsize;
  const says = `${size(free)} free for ${shown(own)}`;
  const base = { topic: 'vault-room', site: own.site } as const;
  if (newest === undefined)
    return [{ ...base, level: 'note', says: `${says}; no recovery point tells yet how much is needed` }];
  if (free >= ROOM * newest) return [{ ...base, level: 'ok', says }];
  const todo = `make room: ${ROOM} × the newest point (${size(newest)}) should be free`;
  return [{ ...base, level: free < newest ? 'error' : 'warning', says, todo }];
}

function locks(own: Place): readonly Finding[] {
  if (!holdsLocks(own)) return [];
  const says = `${shown(own)} holds locks: restic is at work there, or was killed`;
  return [
    {
      level: 'note',
      topic: 'vault-lock',
      site: own.site,
      says,
      todo: 'none: stale ones are removed when they are in the way',
    },
  ];
}

const size = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
