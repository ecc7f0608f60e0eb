import { existsSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { isMultipart, readMultipart, saveBytes } from '../http/body.ts';
import { HttpError } from '../http/reply.ts';
import type { Request } from '../http/router.ts';
import { removeScratch } from '../migration/migration.ts';
import type { Site } from '../site.ts';
import type { FileArea } from '../state/resource-files.ts';
import { makeParent } from '../state/resource-files.ts';

export interface UploadTarget {
  area: FileArea;
  root: string;
  folder: string;
  overwrite: boolean;
  /** Name of the multipart field, any if absent. */
  field?: string;
}

export interface Uploaded {
  name: string;
  path: string;
  size: number;
  /** False: a file of this name was there and was not to be overwritten. */
  stored: boolean;
}

/** Takes the files of a multipart or raw body; they appear in their folder only when they are complete. */
export async function takeUpload(site: Site, request: Request, target: UploadTarget): Promise<Uploaded[]> {
  if (site.faults.get('diskFull') === true) {
    request.raw.resume();
    throw new HttpError(500, 'No space left on device.');
  }
  const arrived: { fileName: string; path: string }[] = [];
  if (isMultipart(request.raw)) {
    const body = await readMultipart(request.raw, (field, fileName) => {
      if (target.field !== undefined && field !== target.field) {
        throw new HttpError(400, `There is no part "${field}" here, only "${target.field}".`);
      }
      return site.migration.scratchFile(posix.basename(fileName));
    });
    arrived.push(...body.files);
  } else {
    const disposition = request.raw.headers['content-disposition'] ?? '';
    const fileName = /filename="?([^";]+)"?/i.exec(disposition)?.[1];
    if (fileName === undefined) throw new HttpError(422, 'The header Content-Disposition with a filename is required.');
    const path = site.migration.scratchFile(posix.basename(fileName));
    await saveBytes(request.raw, path);
    arrived.push({ fileName, path });
  }
  if (arrived.length === 0) throw new HttpError(400, 'The request holds no file.');
  const uploaded: Uploaded[] = [];
  for (const { fileName, path } of arrived) {
    const name = posix.join(target.folder, posix.basename(fileName));
    const disk = target.area.locate(target.root, name);
    const stored = target.overwrite || !existsSync(disk);
    const { size } = await stat(path);
    if (stored) {
      makeParent(disk);
      await rename(path, disk);
    }
    await removeScratch(path);
    uploaded.push({ name: posix.basename(fileName), path: name, size, stored });
  }
  return uploaded;
}
