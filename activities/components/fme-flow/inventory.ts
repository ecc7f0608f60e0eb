import type { Projection } from '../../../model/inventory.ts';
import { ITEM_KINDS } from './api.ts';
import type { Parts } from './context.ts';
import { ACTING } from './facts.ts';
import { record } from './fields.ts';
import { registrations } from './items.ts';
import { digestOf, mattersOf } from './matters.ts';
import type { Flow } from './probe.ts';
import { packagedResources } from './resources.ts';

/** Folders are read one below the other, this many at once. */
const AT_ONCE = 4;

/**
 * What this site holds, made by the same code at both sites. Whether something is enabled is no part of it, since a standby
 * holds it; connections count by name alone. `null` where the server's list is known to be incomplete; a kind that the
 * server does not offer is left out. `unlisted` hears of each folder that is there and could not be listed.
 */
export async function readInventory(
  parts: Parts,
  signal: AbortSignal,
  unlisted: (place: string) => void = () => undefined,
): Promise<Projection> {
  const flow = await parts.flow(signal);
  const projection: Record<string, Record<string, string> | null> = {};
  for (const kind of ACTING) {
    const list = await flow.api.acting.acting(kind, signal);
    if (list === undefined) continue;
    projection[kind] = list.complete
      ? digests(list.items.map(({ name, raw }) => ({ name, matters: mattersOf(raw, ['topics']) })))
      : null;
    if (kind === 'publications') addRegistrations(projection, 'publication topics', list);
  }
  for (const kind of ITEM_KINDS) {
    const list = await flow.api.items.items(kind, signal);
    if (list === undefined) continue;
    projection[kind] = list.complete ? digests(list.items) : null;
    if (kind === 'subscriptions') addRegistrations(projection, 'subscription topics', list);
  }
  await addFiles(parts, flow, projection, signal, unlisted);
  return projection;
}

/** A restore joins registrations, so each is an item of its own: what the target has more is an extra, no difference. */
function addRegistrations(
  projection: Record<string, Record<string, string> | null>,
  kind: string,
  list: { readonly items: readonly { readonly name: string; readonly raw: unknown }[]; readonly complete: boolean },
): void {
  if (!list.complete) {
    projection[kind] = null;
    return;
  }
  const names = list.items.flatMap(({ name, raw }) => registrations(name, record(raw) ?? {}));
  projection[kind] = Object.fromEntries(names.map((name) => [name, 'registered']));
}

function digests(items: readonly { readonly name: string; readonly matters: unknown }[]): Record<string, string> {
  return Object.fromEntries(items.map(({ name, matters }) => [name, digestOf(matters)]));
}

/**
 * Files of the shared resources that are in the package: by name, and by size where the server tells it. `null` when a
 * resource or folder that exists could not be listed: what lies in it would look deleted.
 */
async function addFiles(
  parts: Parts,
  flow: Flow,
  projection: Record<string, Record<string, string> | null>,
  signal: AbortSignal,
  unlisted: (place: string) => void,
): Promise<void> {
  const files: Record<string, string> = {};
  const sizes: Record<string, string> = {};
  const { names, complete } = await packagedResources(parts, signal);
  let whole = complete;
  let folders = names.map((resource) => ({ resource, path: '' }));
  while (folders.length > 0) {
    const now = folders.slice(0, AT_ONCE);
    const found = await Promise.all(
      now.map(async ({ resource, path }) => {
        const entries = await flow.api.resources.list(resource, path, signal);
        if (entries === undefined && !(await isGone(flow, resource, path, signal))) {
          whole = false;
          unlisted(path === '' ? resource : `${resource}/${path}`);
        }
        return { resource, path, entries: entries ?? [] };
      }),
    );
    folders = folders.slice(AT_ONCE);
    for (const { resource, path, entries } of found) {
      for (const entry of entries) {
        const inner = path === '' ? entry.name : `${path}/${entry.name}`;
        if (entry.folder) folders.push({ resource, path: inner });
        else {
          files[`${resource}/${inner}`] = 'file';
          if (entry.bytes !== undefined) sizes[`${resource}/${inner}`] = String(entry.bytes);
        }
      }
    }
  }
  projection.files = whole ? files : null;
  const told = Object.keys(sizes).length > 0;
  if (!whole) projection['file sizes'] = null;
  else if (told) projection['file sizes'] = sizes;
  if (Object.keys(files).length > 0)
    parts.found.note('fileSizes', told ? 'told' : 'not told: a change inside of a file is not seen');
}

/** A folder that is not there any more because it was deleted meanwhile: the folder above it does not name it either. */
async function isGone(flow: Flow, resource: string, path: string, signal: AbortSignal): Promise<boolean> {
  if (path === '') return false;
  const at = path.lastIndexOf('/');
  const above = at < 0 ? '' : path.slice(0, at);
  const siblings = await flow.api.resources.list(resource, above, signal);
  if (siblings === undefined) return isGone(flow, resource, above, signal);
  return !siblings.some((entry) => entry.name === path.slice(at + 1));
}
