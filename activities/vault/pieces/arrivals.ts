/** What someone reads into a folder while someone else already uses it. */
export interface Arrivals {
  /** Something has come. */
  tell(): void;
  /** Nothing comes any more. */
  end(): void;
  /** Waits until it is there, or nothing comes any more. */
  until(isThere: () => boolean): Promise<void>;
}

export function createArrivals(): Arrivals {
  let over = false;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const each of woken) each();
  };
  return {
    tell: wake,
    end() {
      over = true;
      wake();
    },
    async until(isThere) {
      while (!over && !isThere()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
