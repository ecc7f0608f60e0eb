/** Every snapshot of ours carries these tags; snapshots without them belong to someone else and are never touched. */
const PREFIX = 'understudy.';

export type Kind = 'vault' | 'artefact' | 'manifest' | 'mirror';

/** What a snapshot of ours is. `point` and `component` where there is one; `number` orders mirrors. */
export interface Label {
  readonly kind: Kind;
  readonly pair: string;
  /** The site that made it; a copy keeps it. */
  readonly site: string;
  readonly point?: string;
  readonly component?: string;
  readonly number?: number;
}

const KINDS: readonly string[] = ['vault', 'artefact', 'manifest', 'mirror'] satisfies Kind[];

/** As restic's `--tag` takes them, joined by commas. */
export const tagsOf = (label: Label): string =>
  Object.entries(label)
    .map(([key, value]) => `${PREFIX}${key}=${value}`)
    .join(',');

/** `undefined` for a snapshot that is not ours. */
export function labelOf(tags: readonly string[] | undefined): Label | undefined {
  const values = new Map<string, string>();
  for (const tag of tags ?? []) {
    const at = tag.indexOf('=');
    if (tag.startsWith(PREFIX) && at > 0) values.set(tag.slice(PREFIX.length, at), tag.slice(at + 1));
  }
  const kind = values.get('kind');
  const pair = values.get('pair');
  const site = values.get('site');
  if (kind === undefined || !KINDS.includes(kind) || pair === undefined || site === undefined) return undefined;
  const point = values.get('point');
  const component = values.get('component');
  const number = values.get('number');
  return {
    kind: kind as Kind,
    pair,
    site,
    ...(point === undefined ? {} : { point }),
    ...(component === undefined ? {} : { component }),
    ...(number === undefined ? {} : { number: Number(number) }),
  };
}
