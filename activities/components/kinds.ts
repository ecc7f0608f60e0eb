import type { ComponentConfig } from '../../model/config.ts';
import { createCommandComponent } from './command/command.ts';
import type { Component } from './component.ts';
import { createFiles } from './files/files.ts';
import { createFmeFlow } from './fme-flow/fme-flow.ts';
import type { ComponentParts } from './parts.ts';

type Kinds = {
  readonly [Kind in ComponentConfig['kind']]: (
    parts: ComponentParts<Extract<ComponentConfig, { kind: Kind }>>,
  ) => Component;
};

/** The kinds of component: a new one is one new file, and one line here. */
const kinds: Kinds = {
  'fme-flow': createFmeFlow,
  files: createFiles,
  command: createCommandComponent,
};

export const createComponent = (parts: ComponentParts<ComponentConfig>): Component =>
  (kinds[parts.config.kind] as (parts: ComponentParts<ComponentConfig>) => Component)(parts);
