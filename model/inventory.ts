/** What a component holds, in a form that the same code makes at both sites. */

/** Per kind of item: its name and a digest of what matters of it. `null`: the list is known to be incomplete. */
export type Projection = Readonly<Record<string, Readonly<Record<string, string>> | null>>;

/** A named rule that makes a difference expected, e.g. `existing-users-are-not-updated`. */
export interface ExpectedRule {
  readonly rule: string;
  /** Kind of item that it speaks of, or `*`. */
  readonly kind: string;
  readonly difference: 'missing' | 'different' | 'extra';
}

export interface Difference {
  readonly kind: string;
  readonly name: string;
  readonly difference: 'missing' | 'different' | 'extra';
  readonly rule?: string;
}

export interface Comparison {
  readonly equal: number;
  readonly expected: readonly Difference[];
  readonly mismatches: readonly Difference[];
}

/**
 * Compares what the source held with what the target holds. Each item is equal, an expected difference (by a named
 * rule) or a mismatch; an incomplete list is a mismatch of its kind. A mismatch cannot be skipped.
 */
export function compare(source: Projection, target: Projection, rules: readonly ExpectedRule[]): Comparison {
  let equal = 0;
  const differences: Difference[] = [];
  for (const kind of [...new Set([...Object.keys(source), ...Object.keys(target)])].sort()) {
    const from = source[kind];
    const to = target[kind];
    if (from === null || to === null) {
      differences.push({ kind, name: '(incomplete list)', difference: 'different' });
      continue;
    }
    for (const name of [...new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})])].sort()) {
      const a = from && Object.hasOwn(from, name) ? from[name] : undefined;
      const b = to && Object.hasOwn(to, name) ? to[name] : undefined;
      if (a === b) equal++;
      else
        differences.push({
          kind,
          name,
          difference: b === undefined ? 'missing' : a === undefined ? 'extra' : 'different',
        });
    }
  }
  const judged = differences.map((item) => {
    const rule = rules.find(
      (each) => (each.kind === '*' || each.kind === item.kind) && each.difference === item.difference,
    );
    return rule && item.name !== '(incomplete list)' ? { ...item, rule: rule.rule } : item;
  });
  return {
    equal,
    expected: judged.filter((item) => item.rule !== undefined),
    mismatches: judged.filter((item) => item.rule === undefined),
  };
}
