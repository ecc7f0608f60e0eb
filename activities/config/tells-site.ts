import type { CheckConfig, Config } from '../../model/config.ts';
import { SITE } from '../whole-word.ts';
import { hostAndPort } from './addresses.ts';

/**
 * Whether a check fails where another site answers under the clients' address. A smoke job runs at a site's own address, and
 * a connection or a page without the site's name is the same at both.
 */
export function tellsSite(check: CheckConfig, { clients, components }: Config): boolean {
  if (check.kind === 'fme') return true;
  if (check.kind !== 'http') return false;
  if (check.contains?.includes(SITE)) return true;
  const flow = Object.values(components).some(({ kind }) => kind === 'fme-flow');
  return flow && hostAndPort(check.url) === hostAndPort(clients.url);
}
