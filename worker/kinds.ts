import type { ClientCheck } from '../activities/checks/check.ts';
import { createCheck } from '../activities/checks/kinds.ts';
import type { Component } from '../activities/components/component.ts';
import { createComponent } from '../activities/components/kinds.ts';
import type { ComponentParts } from '../activities/components/parts.ts';
import { resolveSecret } from '../activities/config/secrets.ts';
import type { Config } from '../model/config.ts';

type Parts = Omit<ComponentParts<never>, 'config'>;

/** All components of the pair, as they are at one site. */
export const componentsAt = (config: Config, at: Omit<Parts, 'name'>): Readonly<Record<string, Component>> =>
  Object.fromEntries(
    Object.entries(config.components).map(([name, settings]) => [
      name,
      createComponent({ name, config: settings, ...at }),
    ]),
  );

/** All client checks, as they are made from anywhere. */
export const checksOf = ({ checks, components, clients, sites }: Config): Readonly<Record<string, ClientCheck>> =>
  Object.fromEntries(
    checks.map((check) => [
      check.name,
      createCheck(check, { components, sites: Object.keys(sites), clients: clients.url, resolve: resolveSecret }),
    ]),
  );
