import type { Path, Problem } from '../problems.ts';
import type { Raw } from '../raw.ts';
import type { Rule } from './rule.ts';

/** Names that a secret goes by; not those of its file, its program, its user or its id. */
const SECRET_NAME =
  /(password|passwd|passphrase|secret|token|credentials?|authorization|cookie|(api|access|account|private|secret)[-_]?key|(^|[-_])pass)$/i;
/** `--password=…`: every user of the machine can see it. */
const SECRET_ARGUMENT = /^-{1,2}[\w-]*(pass(word|wd|phrase)?|secret|token|api-?key)=./i;
const CREDENTIALS_IN_ADDRESS = /:\/\/[^/@\s]*:[^/@\s]*@/;

const EXAMPLE = '{ env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }';

/** A secret in the file itself is refused wherever it can be told from anything else. */
export const secretsAreReferences: Rule = ({ raw }) => find(raw, [], false);

function find(raw: Raw, path: Path, free: boolean): Problem[] {
  const value = raw.value(...path);
  if (typeof value === 'string') return inText(path, value, free);
  const keys: Path = Array.isArray(value) ? raw.indexes(...path) : raw.keys(...path);
  return keys.flatMap((key) => find(raw, [...path, key], free || FREE.has(key)));
}

/** Maps whose keys are the user's own; what a name means elsewhere, the schema knows. */
const FREE: ReadonlySet<string | number> = new Set(['environment', 'headers', 'body', 'settings']);

function inText(path: Path, value: string, free: boolean): Problem[] {
  const key = path.at(-1);
  if (free && typeof key === 'string' && SECRET_NAME.test(key) && value !== '') {
    const says = 'must not be the secret itself, but say where it is found';
    const byReference = !path.includes('body') && !path.includes('settings');
    if (byReference) return [{ path, says, example: `${key}: ${EXAMPLE}` }];
    const instead = path.includes('body') ? 'headers' : 'environment';
    const example = `${instead}: { ${instead === 'headers' ? 'Authorization' : 'TOKEN'}: { env: NAME } }`;
    return [{ path, says: `must not be a secret: give it in ${instead}`, example }];
  }
  if (path.includes('command') && SECRET_ARGUMENT.test(value)) {
    const says = 'must not hold a secret: command lines can be seen by others; give it in environment';
    return [{ path, says, example: 'environment: { TOKEN: { env: NAME } }' }];
  }
  if (key === 'repository' && CREDENTIALS_IN_ADDRESS.test(value)) {
    const says = 'must not hold a user name and password; give them in environment, by reference';
    return [{ path, says, example: 'environment: { RESTIC_REST_USERNAME: dc1, RESTIC_REST_PASSWORD: { env: NAME } }' }];
  }
  return [];
}
