import { ApplicationFailure } from '@temporalio/common';
import type { Finding } from '../../model/finding.ts';
import type { Component } from '../components/component.ts';
import type { RunOptions } from '../run/command.ts';
import type { FenceResult } from './fence.ts';

/** What every fence is made from: the site it fences, and its components where it runs at that site. */
export interface FenceParts {
  readonly pair: string;
  readonly site: string;
  readonly components: Readonly<Record<string, Component>>;
  /** Where its programs are noted, for a fence that runs at its site. */
  readonly children?: RunOptions['children'];
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

/**
 * For `check`: what the fence would read now, which on a site that acts is that it is not fenced. Whoever cannot be asked now
 * cannot confirm a fence either, and that is known before it is needed.
 */
export async function readFinding(
  name: string,
  signal: AbortSignal,
  look: (signal: AbortSignal) => Promise<FenceResult>,
  /** Whether a failure is the answer that it is not fenced; and how such an answer is given, in words. */
  saysNo: (error: unknown) => boolean,
  no: string,
): Promise<Finding> {
  const topic = `fence ${name}`;
  try {
    const found = await look(signal);
    const says = found.result === 'confirmed' ? found.saw : found.result === 'ask' ? found.todo : found.why;
    return { level: 'note', topic, says: `The site is fenced now: ${says}` };
  } catch (error) {
    signal.throwIfAborted();
    const why = (error as Error).message;
    if (saysNo(error)) return { level: 'ok', topic, says: `The site is not fenced now: ${why}` };
    return {
      level: 'warning',
      topic,
      says: `Whether the site is fenced was not told, so this fence could confirm nothing: ${why}`,
      todo: `Let its read answer from here: correct its address, its program or its rights. ${no}`,
    };
  }
}

/** What a failure says of itself beside its words, e.g. the exit code of a program. */
export function detail(error: unknown, name: string): unknown {
  const details = error instanceof ApplicationFailure ? (error.details ?? []) : [];
  return details
    .filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null)
    .find((each) => name in each)?.[name];
}
