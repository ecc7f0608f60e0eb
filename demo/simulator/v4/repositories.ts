import { z } from 'zod';
import { createRepository, publishFiles, removeFromRepository, repositoryOf } from '../api/publish.ts';
import { readJsonBody } from '../http/body.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';
import type { Repository, RepositoryFile } from '../state/items.ts';

const BASE = '/fmeapiv4/repositories';
const WORKSPACES = '/fmeapiv4/workspaces';

function wire(site: Site, repository: Repository) {
  const files = Object.values(repository.files);
  const count = (type: RepositoryFile['type']): number => files.filter((file) => file.type === type).length;
  return {
    name: repository.name,
    description: repository.description,
    ownerID: site.store.get('users', repository.owner)?.id ?? '',
    owner: repository.owner,
    sharable: repository.sharable,
    totalFileSize: files.reduce((sum, file) => sum + file.size, 0),
    fileCount: files.length,
    workspaceCount: count('WORKSPACE'),
    customTransformerCount: count('CUSTOMTRANSFORMER'),
    customFormatCount: count('CUSTOMFORMAT'),
    templateCount: count('TEMPLATE'),
  };
}

function workspaceWire(site: Site, repository: Repository, file: RepositoryFile) {
  return {
    name: file.name,
    title: '',
    description: '',
    type: 'workspace',
    repositoryName: repository.name,
    lastSaveDate: file.published,
    lastPublishDate: file.published,
    lastPublishUserId: site.store.get('users', file.publishedBy)?.id ?? '',
    lastPublishUser: file.publishedBy,
    totalFileSize: file.size,
    fileCount: 1,
    averageCpuPercent: 0,
    averagePeakMemoryUsage: 0,
    averageCpuTime: 0,
    totalRuns: 0,
    averageElapsedTime: 0,
    favorite: false,
  };
}

/** Repositories and workspaces in REST v4. No public client publishes through v4: that path is assumed. */
export function repositoriesV4(site: Site): Route[] {
  const when = v4From(site, 'repositories');
  const one = `${BASE}/{repository}`;
  const workspaces = (repository: Repository): RepositoryFile[] =>
    Object.values(repository.files).filter((file) => file.type === 'WORKSPACE');
  return [
    route('GET', BASE, { when, query: [...PAGING, 'filterString'] }, (request) => {
      const filter = request.query.get('filterString') ?? '';
      const page = pageV4(
        site,
        request,
        site.store.list('repositories').filter((each) => each.name.includes(filter)),
      );
      return json(200, { ...page, items: page.items.map((each) => wire(site, each)) });
    }),
    route('POST', BASE, { when, consumes: 'json' }, async ({ raw, caller }) => {
      const schema = z.strictObject({ name: z.string().min(1), description: z.string().default('') });
      const body = await readJsonBody(raw, schema, 400);
      return json(201, wire(site, await createRepository(site, caller.name, body.name, body.description)));
    }),
    route('GET', one, { when }, (request) => json(200, wire(site, repositoryOf(site, request)))),
    route('DELETE', one, { when }, async (request) => {
      await removeFromRepository(site, request);
      return empty();
    }),
    route('POST', `${one}/items`, { when, consumes: 'multipart' }, async (request) => {
      await publishFiles(site, request);
      return empty(201);
    }),
    route('DELETE', `${one}/items/{item}`, { when }, async (request) => {
      await removeFromRepository(site, request);
      return empty();
    }),
    route('GET', WORKSPACES, { when, query: [...PAGING, 'filterString', 'repository'] }, (request) => {
      const wanted = request.query.get('repository');
      const filter = request.query.get('filterString') ?? '';
      const all = site.store
        .list('repositories')
        .filter((each) => wanted === null || each.name === wanted)
        .flatMap((each) => workspaces(each).map((file) => workspaceWire(site, each, file)));
      return json(
        200,
        pageV4(
          site,
          request,
          all.filter((each) => each.name.includes(filter)),
        ),
      );
    }),
    route('GET', `${WORKSPACES}/{repository}/{item}`, { when, query: ['repository'] }, (request) => {
      const repository = repositoryOf(site, request);
      const file = repository.files[request.params.item ?? ''];
      if (file === undefined) throw new HttpError(404, `The workspace "${request.params.item}" does not exist.`);
      return json(200, { ...workspaceWire(site, repository, file), buildNumber: site.build });
    }),
  ];
}
