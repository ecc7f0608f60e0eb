import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultsSchema } from '../../demo/simulator/faults.ts';
import { allRoutes } from '../../demo/simulator/routes.ts';
import { ASSUMED_PATHS, UNKNOWNS } from '../../demo/simulator/unknowns.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { startSite } from './site.ts';

// Tables are padded by the formatter.
const README = readFileSync(join(packageRoot(), 'demo', 'simulator', 'README.md'), 'utf8').replaceAll(/ +/g, ' ');

describe('the README of the simulator', () => {
  it('names every switch with its values, the default first', () => {
    for (const [name, { question, values }] of Object.entries(UNKNOWNS)) {
      const row = `| \`${name}\` | ${question} | ${values.map((value) => `\`${value}\``).join(', ')} |`;
      expect(README).toContain(row);
    }
  });

  it('says what the service manager prints', async () => {
    const site = await startSite();
    const keys = Object.keys(await site.service('start', 'engines'));
    expect(README).toContain(`{${keys.map((key) => `"${key}"`).join(', ')}}`);
  });

  it('names with them the one question of the sources that is a fault, and points to it', () => {
    expect(README).toContain(
      '| `restoreNeedsEngines` | Does a restore need running engines? A [fault](#faults); without it, no. | `waits`, `fails` |',
    );
  });

  it('names every fault', () => {
    for (const name of Object.keys(faultsSchema.shape)) expect(README).toContain(`\`${name}\``);
  });
});

it('the paths that are only assumed are served', async () => {
  const site = await startSite();
  const served = allRoutes(site.parts).map((each) => `${each.method} ${each.pattern}`);
  for (const path of ASSUMED_PATHS) expect(served).toContain(path);
});
