import type { Logger, LogLevel, LogMetadata } from '@temporalio/common';

const SEVERITY: Readonly<Record<LogLevel, number>> = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4 };

export interface LogOptions {
  /** One JSON object a line instead of a line for people. */
  readonly json?: boolean;
  readonly level?: LogLevel;
  readonly write?: (line: string) => void;
  readonly now?: () => string;
}

/** Of all that the SDK attaches to a message, what helps a person; the rest is the same for a whole process. */
const SHOWN = ['workflowType', 'workflowId', 'activityType', 'attempt', 'taskQueue', 'sdkComponent'] as const;

/** One line a message, on standard error: our own and the SDK's alike. Errors by their message, never with a stack. */
export function createLog(options: LogOptions = {}): Logger {
  const { json = false, level: least = 'INFO', now = () => new Date().toISOString() } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const log = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    if (SEVERITY[level] < SEVERITY[least]) return;
    const facts = factsOf(meta);
    const text = oneLine(message);
    write(json ? JSON.stringify({ time: now(), level, message: text, ...facts }) : line(now(), level, text, facts));
  };
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}

/** The log without what the SDK tells of its own doings: what is left concerns runs, activities, or a fault. */
export function forSdk(log: Logger): Logger {
  const own = (level: LogLevel, message: string, meta: LogMetadata = {}): boolean =>
    SEVERITY[level] < SEVERITY.WARN
      ? meta.sdkComponent === 'workflow' || meta.sdkComponent === 'activity'
      : !message.startsWith('No workflows registered');
  const pass = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    if (own(level, message, meta)) log.log(level, message, meta);
  };
  return {
    log: pass,
    trace: (message, meta) => pass('TRACE', message, meta),
    debug: (message, meta) => pass('DEBUG', message, meta),
    info: (message, meta) => pass('INFO', message, meta),
    warn: (message, meta) => pass('WARN', message, meta),
    error: (message, meta) => pass('ERROR', message, meta),
  };
}

export type PartLog = Pick<Logger, 'info' | 'warn' | 'error'>;

/** The same log, each message led by the part of the worker that it speaks of. */
export function logOf(log: Logger, part: string): PartLog {
  return {
    info: (message, meta) => log.info(`${part}: ${message}`, meta),
    warn: (message, meta) => log.warn(`${part}: ${message}`, meta),
    error: (message, meta) => log.error(`${part}: ${message}`, meta),
  };
}

type Facts = Readonly<Record<string, string | number>>;

function factsOf(meta: LogMetadata): Facts {
  const shown = SHOWN.filter((key) => meta[key] !== undefined && meta[key] !== 'worker' && meta[key] !== 'core');
  const facts = Object.fromEntries(shown.map((key) => [key, meta[key]]));
  return meta.error === undefined ? facts : { ...facts, error: oneLine(messages(meta.error)) };
}

function line(time: string, level: LogLevel, message: string, facts: Facts): string {
  const { error, ...rest } = facts;
  const about = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
  return [time, level.padEnd(5), message, ...about, ...(error === undefined ? [] : [`| ${error}`])].join(' ');
}

/** An error and what caused it: `The call failed: connection refused`. */
export function messages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined || error.cause === error ? '' : messages(error.cause);
  return cause === '' || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, '; ').trim();
