/** The nearest to it that is a name: `DC 1` is `dc-1`. */
export const asName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 29) || 'dc1';
