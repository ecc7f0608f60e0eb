/** What a name may go on with: `dc1` is no word of `dc10`, nor `a` of `site-a`. */
const PART_OF_A_WORD = '[\\p{L}\\p{N}_-]';
/** Stands for the name in a pattern. */
export const SITE = '{site}';

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/**
 * Whether a text holds a pattern with a site's name in the place of `{site}`, where the name stands as a word of its own: what the
 * pattern itself puts beside it is meant so, and where it ends with the name no letter, digit, `-` or `_` goes on.
 */
export function holdsSite(text: string, pattern: string, site: string): boolean {
  const before = pattern.startsWith(SITE) ? `(?<!${PART_OF_A_WORD})` : '';
  const after = pattern.endsWith(SITE) ? `(?!${PART_OF_A_WORD})` : '';
  return new RegExp(`${before}${literally(pattern.replaceAll(SITE, site))}${after}`, 'u').test(text);
}

/** Whether a text names this site, as a word of its own. */
export const namesSite = (text: string, site: string): boolean => holdsSite(text, SITE, site);
