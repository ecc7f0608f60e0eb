import type { ClientCheck } from '../activities/checks/check.ts';
import type { Component } from '../activities/components/component.ts';
import { createFiles } from '../activities/components/files/files.ts';
import type { ComponentParts } from '../activities/components/parts.ts';
import type { Fence } from '../activities/fences/fence.ts';
import type { Redirect } from '../activities/redirects/redirect.ts';
import type { CheckConfig, ComponentConfig, Config, FenceConfig, RedirectConfig } from '../model/config.ts';

/** A new kind of component, fence, redirect or check is one new file, and one line here. */

type Parts = Omit<ComponentParts<never>, 'config'>;

export function createComponent(config: ComponentConfig, parts: Parts): Component {
  switch (config.kind) {
    case 'files':
      return createFiles({ ...parts, config });
    case 'fme-flow':
    case 'command':
      throw notHere('component', config.kind);
  }
}

export function createFence(config: FenceConfig, _at: { readonly pair: string; readonly site: string }): Fence {
  throw notHere('fence', config.kind);
}

export function createRedirect(config: RedirectConfig, _of: { readonly pair: string }): Redirect {
  throw notHere('redirect', config.kind);
}

export function createCheck(check: CheckConfig, _config: Config): ClientCheck {
  throw notHere('check', check.kind);
}

const notHere = (what: string, kind: string): Error => new Error(`this version has no ${what} of the kind "${kind}"`);
