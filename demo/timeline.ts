/** One run of the demo, as the timeline tells it. */
export interface Row {
  readonly what: string;
  /** What was measured, in words. */
  readonly rpo: string;
  readonly rto: string;
  /** The run itself in the Temporal UI. */
  readonly link: string;
}

/** Where one run is seen. A workflow's id alone leads to its newest run: every sync by hand has the same one. */
export const linkTo = (ui: string, namespace: string, workflowId: string, runId: string): string =>
  `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`;

/** A line a run in columns, each with the link to that run. */
export function timeline(rows: readonly Row[]): readonly string[] {
  const width = (of: (row: Row) => string): number => Math.max(...rows.map((row) => of(row).length));
  const [what, rpo, rto] = [width((row) => row.what), width((row) => row.rpo), width((row) => row.rto)];
  return rows.map((row) => [row.what.padEnd(what), row.rpo.padEnd(rpo), row.rto.padEnd(rto), row.link].join('  '));
}
