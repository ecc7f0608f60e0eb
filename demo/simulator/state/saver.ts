export interface Saver {
  /** Asks for a write of the present state. */
  touch(): void;
  /** Resolves when everything touched before is on disk; rejects when it could not be written. */
  flush(): Promise<void>;
  /** No write from now on, as after a power cut; resolves when the one under way has ended. Who waits is let go. */
  cut(): Promise<void>;
}

interface Waiter {
  until: number;
  resolve: () => void;
  reject: (cause: unknown) => void;
}

/** Group commit: one write after another, each with all changes made before it began. `write` takes its snapshot at once. */
export function createSaver(write: () => Promise<void>): Saver {
  let touched = 0;
  let written = 0;
  let dead = false;
  let running: Promise<void> | undefined;
  let waiters: Waiter[] = [];

  const settle = (cause?: unknown): void => {
    const ready = waiters.filter((waiter) => dead || cause !== undefined || waiter.until <= written);
    waiters = waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) cause === undefined ? waiter.resolve() : waiter.reject(cause);
  };
  const run = (): void => {
    running ??= writeAll().finally(() => {
      running = undefined;
      if (written < touched && !dead && waiters.length > 0) run();
    });
  };
  const writeAll = async (): Promise<void> => {
    try {
      while (written < touched && !dead) {
        const upTo = touched;
        await write();
        written = upTo;
        settle();
      }
    } catch (cause) {
      settle(cause);
    }
  };
  return {
    touch() {
      touched += 1;
      run();
    },
    flush() {
      if (dead || written >= touched) return Promise.resolve();
      return new Promise((resolve, reject) => {
        waiters.push({ until: touched, resolve, reject });
        run();
      });
    },
    async cut() {
      dead = true;
      settle();
      await running;
    },
  };
}
