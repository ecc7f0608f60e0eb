import { Component } from '../../model/config/components.ts';
import { nearest } from './nearest.ts';
import { defOf, kindOf } from './schema.ts';

const def = defOf(Component);
const KINDS = def.type === 'union' ? def.options.map(kindOf).filter((kind) => kind !== undefined) : [];

/**
 * A file's data, in which each component of no known kind has the kind that was most likely meant. Only for finding faults:
 * without a kind nothing else of a component could be judged, nor what speaks of it. The same data where all are known.
 */
export function withLikelyKinds(data: unknown): unknown {
  if (!isMap(data) || !isMap(data.components)) return data;
  const entries = Object.entries(data.components);
  if (entries.every(([, component]) => !isMap(component) || KINDS.includes(String(component.kind)))) return data;
  const components = entries.map(([name, component]) => [
    name,
    isMap(component) ? { ...component, kind: likelyKind(component) } : component,
  ]);
  return { ...data, components: Object.fromEntries(components) };
}

/** By its name, or else the one of which the fewest is wrong. */
function likelyKind(component: Readonly<Record<string, unknown>>): string | undefined {
  const { kind } = component;
  if (typeof kind === 'string') {
    if (KINDS.includes(kind)) return kind;
    const meant = nearest(kind, KINDS);
    if (meant !== undefined) return meant;
  }
  const faults = (each: string): number => Component.safeParse({ ...component, kind: each }).error?.issues.length ?? 0;
  const [best] = KINDS.map((each) => ({ each, faults: faults(each) })).sort((a, b) => a.faults - b.faults);
  return best?.each;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
