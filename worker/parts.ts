/** Which parts of Understudy a process takes: `control`, or `site:<name>`. */
export type Part = { readonly kind: 'control' } | { readonly kind: 'site'; readonly site: string };

export const partName = (part: Part): string => (part.kind === 'control' ? 'control' : `site:${part.site}`);

/** All parts of a pair: what one machine runs. */
export const allParts = (sites: readonly string[]): readonly Part[] => [
  { kind: 'control' },
  ...sites.map((site) => ({ kind: 'site' as const, site })),
];

/** The parts that these words name, each once; or why a word names none. */
export function parseParts(words: readonly string[], sites: readonly string[]): readonly Part[] | { problem: string } {
  const known = new Map(allParts(sites).map((part) => [partName(part), part]));
  const unknown = words.find((word) => !known.has(word));
  if (unknown !== undefined) {
    return { problem: `there is no part "${unknown}"; this configuration has: ${[...known.keys()].join(', ')}` };
  }
  return [...known.entries()].filter(([name]) => words.includes(name)).map(([, part]) => part);
}
