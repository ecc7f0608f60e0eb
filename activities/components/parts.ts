import type { Secret } from '../../model/config.ts';
import type { Children } from '../run/children.ts';

/** What every kind of component is made from, at one site. */
export interface ComponentParts<Configuration> {
  readonly name: string;
  readonly site: string;
  readonly peerSite: string;
  /** The address that clients use. */
  readonly clients: string;
  readonly config: Configuration;
  readonly resolve: (secret: Secret) => Promise<string>;
  readonly children: Children;
  /** Whether a freeze shuts clients out (`freeze.frontDoor`): only then can a client's write be refused. */
  readonly frontDoor?: boolean;
  /** The site's state folder. */
  readonly state: string;
}
