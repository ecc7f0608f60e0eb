/** One line of `check`: what was looked at, whether it is as it must be, and what to do if not. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  /** Short and stable, e.g. `licence` or `clock`. */
  readonly topic: string;
  readonly site?: string;
  readonly component?: string;
  /** What was found, in words. */
  readonly says: string;
  /** What to do, when it is not ok. */
  readonly todo?: string;
}
