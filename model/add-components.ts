import { acting, type SiteRecord } from './record.ts';
import { type Ruling, refuse } from './refusal.ts';

/** What a site is asked to remember of components that the configuration got after the pair was set up. */
export interface AddRequest {
  /** What the components here answer now, those that are known included. */
  readonly identity: SiteRecord['identity'];
  /** The peer's record, as its own worker returned it in this setup. */
  readonly peer: SiteRecord;
  /** What the components at the peer answer now. */
  readonly peerIdentity: SiteRecord['identity'];
  /** Components whose address is the clients' address. */
  readonly atClientsAddress?: readonly string[];
  /** What the applications themselves show against the roles of the sites, in words. */
  readonly evidenceAgainst?: string;
}

/** Components that answer at a site and are not in its record. */
export const unknownComponents = (record: SiteRecord, identity: SiteRecord['identity']): readonly string[] =>
  Object.keys(identity).filter((name) => !Object.hasOwn(record.identity, name));

/**
 * Adds the identities of new components to a site's record; nothing else changes, and no identity that is known. Only
 * between two operations, and only while one site is active and the other its standby. The same request again changes nothing.
 */
export function addComponents(record: SiteRecord, request: AddRequest): Ruling<SiteRecord> {
  const { identity, peer, peerIdentity } = request;
  const added = unknownComponents(record, identity);
  if (added.length === 0) return record;
  const nothing = `Nothing was changed at ${record.site}`;
  if (peer.setup !== record.setup || peer.pair !== record.pair || peer.ordinal === record.ordinal)
    return refuse('OtherSetup', `${peer.site} of pair ${peer.pair} is not the peer of ${record.site}. ${nothing}`);
  const roles = [record.role, peer.role].sort().join();
  if (roles !== 'active,standby') {
    return refuse(
      'WrongRole',
      `${added.join(', ')} cannot be added: ${record.site} is ${record.role} and ${peer.site} ${peer.role}, not active and standby. ${nothing}`,
    );
  }
  const busy = [record, peer].find((each) => !each.claim.closed);
  if (busy) {
    return refuse(
      'Busy',
      `${added.join(', ')} cannot be added while ${busy.claim.operation} works at ${busy.site}. Run setup again when it has ended. ${nothing}`,
    );
  }
  for (const [site, known, found] of [
    [record.site, record.identity, identity],
    [peer.site, peer.identity, peerIdentity],
  ] as const) {
    const other = Object.keys(known).find((name) => Object.hasOwn(found, name) && found[name] !== known[name]);
    if (other !== undefined)
      return refuse(
        'Contradiction',
        `${other} at ${site} answers as ${found[other]}, and its record names ${known[other]}. ${nothing}`,
      );
  }
  for (const name of added) {
    if (!Object.hasOwn(peerIdentity, name))
      return refuse('Contradiction', `${name} is not there at ${peer.site}. ${nothing}`);
    if (peerIdentity[name] === identity[name])
      return refuse('Contradiction', `${name} is the same installation at both sites: ${identity[name]}. ${nothing}`);
    if (request.atClientsAddress?.includes(name))
      return refuse('Contradiction', `the address of ${name} is the clients' address. ${nothing}`);
  }
  if (request.evidenceAgainst) return refuse('Contradiction', `${request.evidenceAgainst}. ${nothing}`);
  return {
    ...record,
    identity: { ...record.identity, ...Object.fromEntries(added.map((name) => [name, identity[name] as string])) },
  };
}

/** The application itself shows which site serves: what executes at the standby alone is not quieted by adding it. */
export function againstAdding(
  active: { readonly site: string; readonly executing: readonly string[] },
  standby: { readonly site: string; readonly executing: readonly string[] },
  added: readonly string[],
): string | undefined {
  const wrong = added.find((name) => standby.executing.includes(name) && !active.executing.includes(name));
  if (wrong === undefined) return undefined;
  return `the executing parts of ${wrong} run at ${standby.site}, which is the standby, and not at ${active.site}: start them there first`;
}

/** Whether a site must make a new component quiet: every standby is. */
export const quietFirst = (record: SiteRecord): boolean => !acting(record.role);
