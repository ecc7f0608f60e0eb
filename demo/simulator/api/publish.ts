import { rm } from 'node:fs/promises';
import { HttpError } from '../http/reply.ts';
import type { Request } from '../http/router.ts';
import type { Site } from '../site.ts';
import type { Repository, RepositoryFile } from '../state/items.ts';
import { takeUpload, type Uploaded } from './uploads.ts';

const TYPES: Readonly<Record<string, RepositoryFile['type']>> = {
  fmw: 'WORKSPACE',
  fmx: 'CUSTOMTRANSFORMER',
  fds: 'CUSTOMFORMAT',
  fmwt: 'TEMPLATE',
};

export function fileType(name: string): RepositoryFile['type'] {
  return TYPES[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'RESOURCE';
}

export function repositoryOf(site: Site, request: Request): Repository {
  const repository = site.store.get('repositories', request.params.repository ?? '');
  if (repository === undefined)
    throw new HttpError(404, `The repository "${request.params.repository}" does not exist.`);
  return repository;
}

/** Makes an empty repository, 409 when there is one of this name. */
export async function createRepository(
  site: Site,
  owner: string,
  name: string,
  description: string,
): Promise<Repository> {
  if (site.store.get('repositories', name) !== undefined) {
    throw new HttpError(409, `The repository "${name}" already exists.`);
  }
  const repository: Repository = { name, description, owner, sharable: true, files: {} };
  site.store.put('repositories', repository);
  await site.store.flush();
  return repository;
}

/** Publishes uploaded files into a repository, replacing those of the same name. */
export async function publishFiles(site: Site, request: Request): Promise<Uploaded[]> {
  const { name } = repositoryOf(site, request);
  const uploaded = await takeUpload(site, request, {
    area: site.repositories,
    root: name,
    folder: '',
    overwrite: true,
  });
  const repository = repositoryOf(site, request);
  for (const file of uploaded) {
    repository.files[file.name] = {
      name: file.name,
      type: fileType(file.name),
      size: file.size,
      published: site.now().toISOString(),
      publishedBy: request.caller.name,
    };
  }
  site.store.put('repositories', repository);
  await site.store.flush();
  return uploaded;
}

/** Deletes a repository with its files, or one file of it. */
export async function removeFromRepository(site: Site, request: Request): Promise<void> {
  const repository = repositoryOf(site, request);
  const file = request.params.item;
  if (file === undefined) {
    site.store.remove('repositories', repository.name);
    await rm(site.repositories.locate(repository.name, ''), { recursive: true, force: true });
  } else {
    if (repository.files[file] === undefined) throw new HttpError(404, `There is no item "${file}".`);
    delete repository.files[file];
    site.store.put('repositories', repository);
    site.repositories.remove(repository.name, file);
  }
  await site.store.flush();
}
