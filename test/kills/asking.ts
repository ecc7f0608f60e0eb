/** A step at which a kill may make the run ask a person instead of going on by itself, and why. At most two. */
export interface Asking {
  readonly step: string;
  readonly reason: string;
}

export const ASKING: readonly Asking[] = [];
