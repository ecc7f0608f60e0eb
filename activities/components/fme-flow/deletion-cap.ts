/** Of the items of one kind that the standby has, this share may be removed at once; one item always may. */
const SHARE = 0.05;
/** Over all kinds. */
const MOST = 20;

/** What the standby has of one kind, and what of it the active does not have. */
export interface Extras {
  readonly kind: string;
  readonly has: number;
  readonly extra: number;
}

/**
 * The kinds of which all extras may be removed, in the order given: at most 5 % of what the standby has of the kind (but one
 * item), and 20 over all kinds. Of a kind that is beyond either nothing is removed: more than that looks like a mistake, and
 * half of a mistake is no better. A repository takes its workspaces along, so it goes only if all extra workspaces go.
 */
export function withinCap(extras: readonly Extras[]): ReadonlySet<string> {
  const kinds = new Set<string>();
  let left = MOST;
  for (const { kind, has, extra } of extras) {
    if (extra === 0 || extra > Math.max(1, Math.floor(has * SHARE)) || extra > left) continue;
    if (kind === 'repositories' && extras.some((each) => takenAlong(each) && !kinds.has(each.kind))) continue;
    kinds.add(kind);
    left -= extra;
  }
  return kinds;
}

const takenAlong = ({ kind, extra }: Extras): boolean => kind === 'workspaces' && extra > 0;
