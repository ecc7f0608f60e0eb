import { type Config, Config as ConfigSchema, type Secret } from '../../model/config.ts';
import type { Path } from './problems.ts';
import { rebuild } from './schema.ts';

/** A part of the product that a machine runs: `control`, or the name of a site. */
export type Part = string;

export interface NeededSecret {
  readonly path: Path;
  readonly secret: Secret;
}

/**
 * The references that the given parts resolve. A site needs its own components, vault and fences, reads the peer's vault,
 * opens and closes the front door, and looks as a client; control moves clients, looks as a client and fences from afar.
 */
export function neededSecrets(config: Config, parts: readonly Part[]): NeededSecret[] {
  const found: NeededSecret[] = [];
  rebuild(ConfigSchema, config, (told, value, path) => {
    if (told.role !== 'secret') return undefined;
    found.push({ path, secret: value as Secret });
    return value;
  });
  return found.filter(({ path }) => parts.some((part) => needs(config, part, path)));
}

function needs(config: Config, part: Part, path: Path): boolean {
  const [section, second, third, fourth] = path;
  const isControl = part === 'control';
  switch (section) {
    case 'components':
      // `hold` and the like are run at either site.
      return !isControl && (third !== 'sites' || fourth === part);
    case 'sites':
      if (third === 'vault') return !isControl && (second === part ? fourth !== 'peer' : readsAsPeer(config, path));
      return fenceIsAtControl(config, path) ? isControl : second === part;
    case 'freeze':
      return !isControl;
    case 'redirects':
      return isControl;
    case 'hooks':
      return (config.hooks[Number(second)]?.at === 'control') === isControl;
    default:
      return true;
  }
}

/** The other site's vault: by what `peer` says, and by the owner's own password and environment where it says nothing. */
function readsAsPeer(config: Config, path: Path): boolean {
  const vault = config.sites[String(path[1])]?.vault;
  const [key, peerKey] = [path[3], path[4]];
  if (key === 'peer') return peerKey === 'password' || peerKey === 'environment';
  if (key === 'password') return vault?.peer?.password === undefined;
  return vault?.peer?.environment === undefined;
}

function fenceIsAtControl(config: Config, path: Path): boolean {
  const fence = config.sites[String(path[1])]?.fences[Number(path[3])];
  return fence !== undefined && 'at' in fence && fence.at === 'control';
}
