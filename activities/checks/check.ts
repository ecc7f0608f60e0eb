/** What a check must see: facts of the new active that a restore does not carry over. */
export interface Expected {
  readonly site: string;
  /** Per component: its identity, e.g. the licence machine key. */
  readonly identity: Readonly<Record<string, string>>;
  /** Per component: its own address (not the clients'). */
  readonly addresses: Readonly<Record<string, string>>;
}

export interface CheckResult {
  readonly ok: boolean;
  /** One line: what was seen, e.g. `200 from dc2, certificate until 2027-03-01`. */
  readonly saw: string;
}

/** How a client would see it. Run through the clients' address, from the control worker and from the target's worker. */
export interface ClientCheck {
  readonly kind: string;
  readonly name: string;
  run(signal: AbortSignal, expected: Expected): Promise<CheckResult>;
}
