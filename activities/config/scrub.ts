const MASK = '***';
/** Lines of a longer secret (a private key) are secrets too, from this length on. */
const LINE = 8;

/**
 * `text` with every occurrence of a secret replaced by `***`: as it is, percent-encoded, JSON-escaped and in base64, and
 * overlapping ones as well. For what other programs print; our own messages never hold a secret in the first place.
 */
export function scrub(text: string, secrets: readonly string[]): string {
  const ranges = [...new Set(secrets.flatMap(forms))]
    .flatMap((form) => occurrences(text, form))
    .sort((a, b) => a[0] - b[0]);
  let result = '';
  let at = 0;
  for (const [start, end] of ranges) {
    if (start >= at) result += text.slice(at, start) + MASK;
    at = Math.max(at, end);
  }
  return result + text.slice(at);
}

function forms(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= LINE);
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    ...lines,
    encoded(secret),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
  ].filter((form) => form !== '');
}

/** Half a surrogate pair cannot be percent-encoded; such a secret has no such form. */
function encoded(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    return '';
  }
}

function occurrences(text: string, form: string): [number, number][] {
  const found: [number, number][] = [];
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) found.push([at, at + form.length]);
  return found;
}
