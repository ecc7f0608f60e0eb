import type { ClientCheck } from '../activities/checks/check.ts';
import { createCheck } from '../activities/checks/kinds.ts';
import { createCommandComponent } from '../activities/components/command/command.ts';
import type { Component } from '../activities/components/component.ts';
import { createFiles } from '../activities/components/files/files.ts';
import { createFmeFlow } from '../activities/components/fme-flow/fme-flow.ts';
import type { ComponentParts } from '../activities/components/parts.ts';
import { resolveSecret } from '../activities/config/secrets.ts';
import type { ComponentConfig, Config } from '../model/config.ts';

/** The kinds of component: a new one is one new file, and one line here. */

type Parts = Omit<ComponentParts<never>, 'config'>;

function createComponent(config: ComponentConfig, parts: Parts): Component {
  switch (config.kind) {
    case 'files':
      return createFiles({ ...parts, config });
    case 'fme-flow':
      return createFmeFlow({ ...parts, config });
    case 'command':
      return createCommandComponent({ ...parts, config });
  }
}

/** All components of the pair, as they are at one site. */
export const componentsAt = (config: Config, at: Omit<Parts, 'name'>): Readonly<Record<string, Component>> =>
  Object.fromEntries(
    Object.entries(config.components).map(([name, settings]) => [name, createComponent(settings, { name, ...at })]),
  );

/** All client checks, as they are made from anywhere. */
export const checksOf = ({ checks, components, clients }: Config): Readonly<Record<string, ClientCheck>> =>
  Object.fromEntries(
    checks.map((check) => [
      check.name,
      createCheck(check, { components, clients: clients.url, resolve: resolveSecret }),
    ]),
  );
