import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../activities/config/load.ts';
import { ConfigProblems, type Path } from '../../activities/config/problems.ts';

/** A small configuration without a fault or a warning. Tests break it in one place. */
export const GOOD = `pair: orders
active: dc1
clients:
  url: https://fme.example.com
sites:
  dc1:
    state: state/dc1
    vault:
      repository: vault/dc1
      password: { env: DC1_VAULT_PASSWORD }
    fences:
      - kind: services
  dc2:
    state: state/dc2
    vault:
      repository: vault/dc2
      password: { env: DC2_VAULT_PASSWORD }
components:
  flow:
    kind: fme-flow
    drain: { limit: 5m }
    sites:
      dc1:
        url: https://fme.dc1.example.com
        token: { env: DC1_FLOW_TOKEN }
        engines:
          start: { command: [engines, start] }
          stop: { command: [engines, stop] }
          status: { command: [engines, status] }
          disable: { command: [engines, disable] }
      dc2:
        url: https://fme.dc2.example.com
        token: { env: DC2_FLOW_TOKEN }
        engines:
          start: { command: [engines, start] }
          stop: { command: [engines, stop] }
          status: { command: [engines, status] }
          disable: { command: [engines, disable] }
  data:
    kind: files
    sites:
      dc1: { path: data/dc1 }
      dc2: { path: data/dc2 }
schedule: { every: 15m }
approvals:
  unplanned: [start, cutover]
freeze:
  max: 15m
redirects:
  - kind: manual
    name: dns
    todo: Point fme.example.com to {to}
checks:
  - kind: http
    name: front
    url: https://fme.example.com/health
`;

/** `GOOD` with a value put at a path (undefined: the key removed), as the file would be written. */
export function changed(...changes: readonly (readonly [path: Path, value: unknown])[]): string {
  const document = parseDocument(GOOD);
  for (const [path, value] of changes) {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
  }
  return document.toString();
}

export async function loaded(text: string, options?: LoadOptions): Promise<LoadedConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-config-'));
  const file = join(folder, 'understudy.yaml');
  await writeFile(file, text);
  return loadConfig(file, options);
}

/** The lines that a person sees, without the folder; none if there is no fault. */
export async function faultsOf(text: string, options?: LoadOptions): Promise<readonly string[]> {
  try {
    await loaded(text, options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error;
    return error.lines.map((line) => line.replace(/^.*understudy\.yaml/, 'understudy.yaml'));
  }
}
