import type { Finding } from '../../model/finding.ts';
import type { Component } from '../components/component.ts';
import type { FenceResult } from './fence.ts';

/** What every fence is made from: the site it fences, and its components where it runs at that site. */
export interface FenceParts {
  readonly pair: string;
  readonly site: string;
  readonly components: Readonly<Record<string, Component>>;
}

/** What a fence's program or webhook is asked. */
export const fenceRequest = (verb: 'fence' | 'read' | 'lower', name: string, { pair, site }: FenceParts) => ({
  verb,
  fence: name,
  pair,
  site,
});

/** The first line of what was said, for a verdict. */
export const firstLine = (said: string): string => said.trim().split('\n')[0]?.slice(0, 200) ?? '';

/** Whatever goes wrong with a fence is no verdict; only the end of the run itself is passed on. */
export async function orFailed(signal: AbortSignal, body: () => Promise<FenceResult>): Promise<FenceResult> {
  try {
    return await body();
  } catch (error) {
    signal.throwIfAborted();
    return { result: 'failed', why: (error as Error).message };
  }
}

/** For `check`: what the fence would read now, which on a site that acts is that it is not fenced. */
export async function readFinding(name: string, result: FenceResult): Promise<Finding> {
  const topic = `fence ${name}`;
  if (result.result === 'confirmed') return { level: 'note', topic, says: `The site is fenced now: ${result.saw}` };
  return {
    level: 'ok',
    topic,
    says: `The site is not fenced now: ${result.result === 'failed' ? result.why : result.todo}`,
  };
}
