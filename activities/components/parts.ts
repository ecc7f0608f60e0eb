import type { Secret } from '../../model/config.ts';
import type { Children } from '../run/children.ts';

/** What every kind of component is made from, at one site. */
export interface ComponentParts<Configuration> {
  readonly name: string;
  readonly site: string;
  readonly peerSite: string;
  /** The address that clients use. */
  readonly clients: { readonly url: string };
  readonly config: Configuration;
  resolve(secret: Secret): Promise<string>;
  readonly children: Children;
  /** The site's state folder. */
  readonly state: string;
}
