import type { Connection } from '@temporalio/client';
import { messages, type PartLog } from './log.ts';
import { registerSearchAttributes } from './search-attributes.ts';

/** A Temporal that was replaced by an empty one while we worked is noticed within this. */
const EVERY_MS = 60_000;
/** Work must not wait long for it: the client registers them too. */
const PATIENCE_MS = 10_000;

export interface SearchAttributesKept {
  /** Registers what is missing now. Never fails: it logs, once, what a person has to do. */
  register(): Promise<void>;
  stop(): void;
}

/** Without its search attributes every run stands still at its start; so whoever runs workflows sees to it that they are there. */
export function keepSearchAttributes(
  connection: Pick<Connection, 'withDeadline'> & Parameters<typeof registerSearchAttributes>[0],
  namespace: string,
  log: PartLog,
  everyMs = EVERY_MS,
): SearchAttributesKept {
  let told: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = (text: string): void => {
    if (text !== told) log.warn(text);
    told = text;
  };
  const register = async (): Promise<void> => {
    try {
      const { added, byHand } = await connection.withDeadline(Date.now() + PATIENCE_MS, () =>
        registerSearchAttributes(connection, namespace),
      );
      if (added.length > 0) log.info(`registered the search attributes ${added.join(', ')}`);
      if (byHand) tell(`no run can begin: ${byHand}`);
      else told = undefined;
    } catch (error) {
      tell(
        `it is not known whether Temporal has our search attributes, without which no run begins: ${messages(error)}`,
      );
    }
  };
  return {
    async register() {
      timer ??= setInterval(() => void register(), everyMs).unref();
      await register();
    },
    stop: () => clearInterval(timer),
  };
}
