import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { milliseconds } from '../model/duration.ts';
import type { CommonOptions } from './cli.ts';
import { usageProblem } from './problem.ts';

/** `--config` and `--json`, which every command has. */
export const withCommon = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'configuration of the pair (default: understudy.yaml)')
    .option('--json', 'one JSON document on standard output');

export interface PersonOptions {
  readonly who?: string;
  readonly why?: string;
}

export const withPerson = (command: Command, what: string): Command =>
  command
    .option('--why <reason>', `why, in a few words: it stands in the record of ${what} (required)`)
    .option('--who <name>', 'who says so (default: your user name)');

/** @throws UserProblem without a reason. */
export function personOf({ who, why }: PersonOptions): { who: string; why: string } {
  if (!why?.trim()) throw usageProblem('why? Say it with --why "…": it stands in the record');
  return { who: who?.trim() || userInfo().username, why: why.trim() };
}

export interface FollowOptions extends CommonOptions {
  readonly wait: boolean;
  readonly timeout?: number;
}

/** `--no-wait` and `--timeout`, for commands that start a run. */
export const withFollow = (command: Command): Command =>
  command
    .option('--no-wait', 'only start it')
    .addOption(new Option('--timeout <duration>', 'stop looking after this time; the run goes on').argParser(duration));

/** A duration such as 30s, for commander. */
export function duration(text: string): number {
  const ms = milliseconds(text);
  if (ms === undefined)
    throw new InvalidArgumentError('A duration is a whole number with a unit, e.g. 90s, 15m or 2h.');
  return ms;
}

export function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new InvalidArgumentError('A port is a whole number from 1 to 65535.');
  }
  return number;
}

export const examples = (lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
