import { z } from 'zod';
import { createRepository, publishFiles, removeFromRepository, repositoryOf } from '../api/publish.ts';
import { readForm } from '../http/body.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import type { Site } from '../site.ts';
import type { Repository, RepositoryFile } from '../state/items.ts';

const BASE = '/fmerest/v3/repositories';
const ITEM_TYPES = ['WORKSPACE', 'CUSTOMTRANSFORMER', 'CUSTOMFORMAT', 'TEMPLATE', 'RESOURCE'];

function wire({ owner, name, description, sharable }: Repository) {
  return { owner, name, description, sharable };
}

function itemWire(repository: Repository, file: RepositoryFile) {
  return {
    lastSaveDate: file.published,
    lastPublishDate: file.published,
    avgCpuPct: 0,
    avgPeakMemUsage: 0,
    avgCpuTime: 0,
    avgElapsedTime: 0,
    totalRuns: 0,
    description: '',
    repositoryName: repository.name,
    title: '',
    type: file.type,
    userName: file.publishedBy,
    fileCount: 1,
    name: file.name,
    totalFileSize: file.size,
  };
}

/** Repositories and their items in REST v3. */
export function repositoriesV3(site: Site): Route[] {
  const one = `${BASE}/{repository}`;
  return [
    route('GET', BASE, { query: [...PAGING, 'owner'] }, (request) => {
      const owner = request.query.get('owner');
      const all = site.store.list('repositories').filter((each) => owner === null || each.owner === owner);
      const page = pageV3(site, request, all);
      return json(200, { ...page, items: page.items.map(wire) });
    }),
    route('POST', BASE, { consumes: 'form' }, async ({ raw, caller }) => {
      const form = await readForm(
        raw,
        z.strictObject({ name: z.string().min(1), description: z.string().default('') }),
      );
      return json(201, wire(await createRepository(site, caller.name, form.name, form.description)));
    }),
    route('GET', one, {}, (request) => json(200, wire(repositoryOf(site, request)))),
    route('DELETE', one, {}, async (request) => {
      await removeFromRepository(site, request);
      return empty();
    }),
    route('GET', `${one}/items`, { query: [...PAGING, 'type'] }, (request) => {
      const repository = repositoryOf(site, request);
      const type = request.query.get('type');
      if (type !== null && !ITEM_TYPES.includes(type))
        throw new HttpError(422, `type is one of ${ITEM_TYPES.join(', ')}.`);
      const files = Object.values(repository.files).filter((file) => type === null || file.type === type);
      const page = pageV3(site, request, files);
      return json(200, { ...page, items: page.items.map((file) => itemWire(repository, file)) });
    }),
    route(
      'POST',
      `${one}/items`,
      { consumes: 'multipart-or-bytes', query: ['repository', 'type'] },
      async (request) => {
        const uploaded = await publishFiles(site, request);
        const repository = repositoryOf(site, request);
        const items = uploaded.map(({ name }) => repository.files[name] as RepositoryFile);
        return json(
          201,
          items.map((file) => itemWire(repository, file)),
        );
      },
    ),
    route('GET', `${one}/items/{item}`, { query: ['type'] }, (request) => {
      const repository = repositoryOf(site, request);
      const file = repository.files[request.params.item ?? ''];
      if (file === undefined) throw new HttpError(404, `There is no item "${request.params.item}".`);
      return json(200, { ...itemWire(repository, file), buildNumber: site.build });
    }),
    route('DELETE', `${one}/items/{item}`, {}, async (request) => {
      await removeFromRepository(site, request);
      return empty();
    }),
  ];
}
