import type { FmeFlowConfig } from '../../../model/config.ts';
import { failure } from '../../failure.ts';
import type { ComponentParts } from '../parts.ts';
import type { Found } from './facts.ts';
import type { FlowHttp } from './http.ts';
import type { Flow, Probe } from './probe.ts';
import type { Services } from './services.ts';

/** What the worker of a site gives to a component of this kind. */
export interface FmeFlowContext extends ComponentParts<FmeFlowConfig> {
  readonly limits?: Partial<Limits>;
  /** Instead of the configured commands: for whoever holds the machine in the same process. */
  readonly services?: Services;
}

/** Milliseconds. Smaller ones are for tests. */
export interface Limits {
  /** An ordinary request. */
  readonly request: number;
  /** Between two looks at something that takes its time; the first looks come sooner. */
  readonly poll: number;
  /** A backup or restore whose end is not known by then is reported as such. */
  readonly task: number;
  /** After an uncertain answer: the task or job shows up within this time, or was not accepted. */
  readonly appear: number;
  /** The server answers again within this time after a restart. */
  readonly restart: number;
  /** The engines have registered, or are gone, within this time. */
  readonly engines: number;
}

export const LIMITS: Limits = {
  request: 30_000,
  poll: 3_000,
  task: 6 * 3_600_000,
  appear: 10_000,
  restart: 15 * 60_000,
  engines: 5 * 60_000,
};

/** What every part of this component works with, at one site. */
export interface Parts {
  readonly context: FmeFlowContext;
  readonly config: FmeFlowConfig;
  readonly settings: FmeFlowConfig['sites'][string];
  readonly limits: Limits;
  readonly http: FlowHttp;
  readonly probe: Probe;
  readonly services: Services;
  readonly found: Found;
  flow(signal: AbortSignal): Promise<Flow>;
}

/** The settings of this site, or `InvalidInput`. */
export function siteSettings(context: FmeFlowContext): FmeFlowConfig['sites'][string] {
  const settings = context.config.sites[context.site];
  if (settings === undefined)
    throw failure(
      'InvalidInput',
      `components.${context.name}.sites has no "${context.site}". Add its url, token and engines`,
    );
  return settings;
}
