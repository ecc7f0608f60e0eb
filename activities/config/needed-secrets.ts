import { Secret as SecretSchema } from '../../model/config/basics.ts';
import { Config as ConfigSchema, type Secret } from '../../model/config.ts';
import type { Path } from './problems.ts';
import { type Raw, rawOf } from './raw.ts';
import { rebuild } from './schema.ts';

/** A part of the product that a machine runs: `control`, or the name of a site. */
export type Part = string;

export interface NeededSecret {
  readonly path: Path;
  readonly secret: Secret;
}

/**
 * The references that the given parts resolve, in a configuration that may have faults elsewhere. A site needs its own
 * components, vault and fences, reads the peer's vault, opens and closes the front door, and looks as a client; control
 * moves clients, looks as a client and fences from afar.
 */
export function neededSecrets(config: unknown, parts: readonly Part[]): NeededSecret[] {
  const found: NeededSecret[] = [];
  rebuild(ConfigSchema, config, (told, value, path) => {
    if (told.role !== 'secret') return undefined;
    const { data } = SecretSchema.safeParse(value);
    if (data !== undefined) found.push({ path, secret: data });
    return value;
  });
  const raw = rawOf(config);
  return found.filter(({ path }) => parts.some((part) => needs(raw, part, path)));
}

function needs(raw: Raw, part: Part, path: Path): boolean {
  const [section, second, third, fourth] = path;
  const isControl = part === 'control';
  switch (section) {
    case 'components':
      // `hold` and the like are run at either site.
      return !isControl && (third !== 'sites' || fourth === part);
    case 'sites':
      if (third === 'vault') return !isControl && (second === part ? fourth !== 'peer' : readsAsPeer(raw, path));
      return isAtControl(raw, path.slice(0, 4)) ? isControl : second === part;
    case 'freeze':
      return !isControl;
    case 'redirects':
      return isControl;
    case 'hooks':
      return isAtControl(raw, path.slice(0, 2)) === isControl;
    default:
      return true;
  }
}

/** The other site's vault: by what `peer` says, and by the owner's own password and environment where it says nothing. */
function readsAsPeer(raw: Raw, path: Path): boolean {
  const peer = [...path.slice(0, 3), 'peer'];
  const [key, peerKey] = [path[3], path[4]];
  if (key === 'peer') return peerKey === 'password' || peerKey === 'environment';
  if (key === 'password') return raw.value(...peer, 'password') === undefined;
  return raw.value(...peer, 'environment') === undefined;
}

/** Fences and hooks run from control unless they say otherwise. */
const isAtControl = (raw: Raw, path: Path): boolean => (raw.text(...path, 'at') ?? 'control') === 'control';
