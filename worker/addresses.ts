import type { ComponentConfig, Config } from '../model/config.ts';

/** The own address of each component at a site, for those that have one; never the clients'. */
export function addressesAt(config: Pick<Config, 'components'>, site: string): Readonly<Record<string, string>> {
  const addresses = Object.entries(config.components).flatMap(([name, component]) => {
    const address = addressOf(component, site);
    return address === undefined ? [] : [[name, address] as const];
  });
  return Object.fromEntries(addresses);
}

function addressOf(component: ComponentConfig, site: string): string | undefined {
  return component.kind === 'fme-flow' ? component.sites[site]?.url : undefined;
}
