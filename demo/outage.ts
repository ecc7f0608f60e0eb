import { readFileSync } from 'node:fs';

interface Change {
  readonly at: string;
  readonly serves: boolean;
}

/** The outage that the independent client saw around a time: from its last served poll's end to the first served one after. */
export function outageSeen(file: string, after: number): { readonly from: number; readonly to: number } | undefined {
  const changes = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Change)
    .filter((change) => Date.parse(change.at) >= after);
  const first = changes.find((change) => !change.serves);
  const last = changes.filter((change) => change.serves && first && change.at > first.at).at(-1);
  return first && last ? { from: Date.parse(first.at), to: Date.parse(last.at) } : undefined;
}
