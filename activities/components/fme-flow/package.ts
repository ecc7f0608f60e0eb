import { type Readable, Transform } from 'node:stream';
import { failure } from '../../failure.ts';
import type { BackupStream, Work } from '../component.ts';
import type { Parts } from './context.ts';
import type { Download } from './http.ts';
import { attemptOf, packageName } from './names.ts';
import { networkFailure } from './problem.ts';
import { awaitTask, baseName, postTask, taskFailure } from './tasks.ts';
import { createZipEnd } from './zip-end.ts';

const FILE = 'package.fsconfig';

/** A backup as a package: through a shared resource and a task that is polled, or by one long request. */
export async function backup(parts: Parts, work: Work): Promise<BackupStream> {
  const mine = await ownExports(parts, work);
  return parts.config.transfer === 'resource' ? byResource(parts, work, mine) : byDownload(parts, work, mine);
}

interface OwnExports {
  /** The unfinished export of an earlier attempt at this step. */
  readonly running?: { readonly id: number; readonly name: string };
  /** The number of the next attempt. */
  readonly next: number;
}

async function ownExports(parts: Parts, work: Work): Promise<OwnExports> {
  const { migrations } = (await parts.flow(work.signal)).api;
  const own = (await migrations.tasks(work.signal)).flatMap((task) => {
    const attempt = task.kind === 'export' ? attemptOf(work.key, task.package) : undefined;
    return attempt === undefined ? [] : [{ task, attempt }];
  });
  const running = own.find(({ task }) => task.state === 'running');
  const name = baseName(running?.task.package);
  const next = 1 + Math.max(0, ...own.map(({ attempt }) => attempt));
  return { ...(running && name ? { running: { id: running.task.id, name } } : {}), next };
}

async function byResource(parts: Parts, work: Work, mine: OwnExports): Promise<BackupStream> {
  const { resource } = parts.config;
  const { api } = await parts.flow(work.signal);
  const name = mine.running?.name ?? packageName(work.key, mine.next);
  const id =
    mine.running?.id ??
    (await postTask(parts, work, {
      kind: 'export',
      name,
      named: true,
      post: () => api.migrations.backupToResource({ resource, path: name }, work.signal),
    }));
  const task = await awaitTask(parts, work, id);
  if (task.state !== 'success') throw await taskFailure(parts, task, work.signal);
  const listed = (await api.resources.list(resource, '', work.signal))?.find((file) => file.name === name);
  const download = await api.resources.download(resource, name, work.signal);
  const bytes = download.bytes ?? listed?.bytes;
  return watched(parts, work, { ...download, ...(bytes === undefined ? {} : { bytes }) }, async () => {
    await api.resources.remove(resource, name, work.signal);
  });
}

async function byDownload(parts: Parts, work: Work, mine: OwnExports): Promise<BackupStream> {
  const { migrations } = (await parts.flow(work.signal)).api;
  // The package of an earlier request cannot be had any more; it is only waited for, so that two do not run at once.
  if (mine.running) await awaitTask(parts, work, mine.running.id);
  work.progress({ what: 'waiting for the package' });
  const download = await migrations.backupDownload(packageName(work.key, mine.next), work.signal);
  return watched(parts, work, download, () => Promise.resolve());
}

/** The package as it passes by, counted and judged: cut or spoiled ends are noticed before anything is kept. */
function watched(parts: Parts, work: Work, download: Download, remove: () => Promise<void>): BackupStream {
  const end = createZipEnd();
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      end.add(chunk);
      work.progress({ what: 'package', bytes: end.bytes, ...(download.bytes ? { total: download.bytes } : {}) });
      done(null, chunk);
    },
  });
  passOn(download.stream, stream, (error) => networkFailure('GET', `the package of ${parts.http.url}`, error));
  return {
    stream,
    file: FILE,
    format: 'zip',
    ...(download.bytes === undefined ? {} : { bytes: download.bytes }),
    async finish() {
      const problem =
        download.bytes !== undefined && download.bytes !== end.bytes
          ? `${end.bytes} of ${download.bytes} bytes arrived`
          : end.problem();
      if (problem !== undefined)
        throw failure(
          'Unavailable',
          `the package that ${parts.http.url} gave is not whole: ${problem}. Nothing of it is kept; it is asked for again`,
        );
      await remove();
    },
  };
}

/** Pipes with errors named as ours, in both directions. */
function passOn(from: Readable, to: Transform, named: (error: unknown) => Error): void {
  from.on('error', (error) => to.destroy(named(error)));
  from.on('aborted', () => to.destroy(named(new Error('the connection was closed'))));
  to.on('close', () => from.destroy());
  from.pipe(to);
}
