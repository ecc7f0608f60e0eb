import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../activities/config/load.ts';
import { Command, Webhook } from '../../model/config/basics.ts';
import { Component } from '../../model/config/components.ts';
import { Config } from '../../model/config.ts';
import { loaded } from './base.ts';
import { reference, rowsOf } from './reference.ts';

const MANUAL = 'docs/configuration.md';
const EXAMPLE = 'understudy.example.yaml';
const BETWEEN = /(<!-- reference: [^\n]*-->\n)[\s\S]*(<!-- end of reference -->)/;

describe('the manual', () => {
  it('lists every key of the schema, with its default', async () => {
    const manual = await readFile(MANUAL, 'utf8');
    const renewed = manual.replace(BETWEEN, (_, begin, end) => `${begin}\n${reference()}\n\n${end}`);
    if (process.env.UPDATE_DOCS === '1') await writeFile(MANUAL, renewed);
    else expect(manual, 'UPDATE_DOCS=1 npx vitest run test/config/docs.test.ts writes it anew').toBe(renewed);
  });

  it('shows an anchor that works', async () => {
    const manual = await readFile(MANUAL, 'utf8');
    const shown = /```yaml\n([\s\S]*?)```/.exec(manual)?.[1] ?? '';
    const example = await readFile(EXAMPLE, 'utf8');
    const engines = / {8}engines:\n(?: {10}.*\n)+/g;
    const { config } = await loaded(shown + example.replace(engines, '        engines: *engines\n'));
    expect(config.components.flow).toMatchObject({
      sites: { dc1: { engines: { start: { command: ['engines', 'start'] } } } },
    });
  });
});

describe('the example', () => {
  it('is a valid configuration without warnings', async () => {
    const { warnings, config } = await loadConfig(EXAMPLE);
    expect(warnings).toEqual([]);
    expect(Object.keys(config.sites)).toEqual(['dc1', 'dc2']);
  });

  it('shows every key, and every kind of fence, redirect, check and component', async () => {
    const shown = new Set<string>();
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, item] of Object.entries(value)) {
        // The indexes of a list do no harm.
        shown.add(key);
        if (key === 'kind') shown.add(`kind ${item}`);
        walk(item);
      }
    };
    walk(parse(await readFile(EXAMPLE, 'utf8')));
    const keys = [Config, Command, Webhook].flatMap((schema) => rowsOf(schema, '')).map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(100);
    for (const key of keys) {
      const name = /(?:^|\.)(\w+)(?:\[\])?$/.exec(key.replace(/ \([\w-]+\)$/, ''))?.[1];
      if (name !== undefined) expect(shown, key).toContain(name);
      const kind = /\(([\w-]+)\)/.exec(key)?.[1];
      if (kind !== undefined) expect(shown, key).toContain(`kind ${kind}`);
    }
  });
});

describe('the pages', () => {
  const pages = async (): Promise<readonly string[]> =>
    (await readdir('docs')).filter((name) => name.endsWith('.md')).map((name) => join('docs', name));

  it('are all found from the first one, and what they lead to is there', async () => {
    const readme = await readFile('README.md', 'utf8');
    for (const page of await pages()) expect(readme, page).toContain(`](${page})`);
    for (const page of ['README.md', ...(await pages())]) {
      const links = (await readFile(page, 'utf8')).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g);
      for (const [, target = ''] of links)
        if (!target.startsWith('/')) expect(existsSync(join(dirname(page), target)), `${page} → ${target}`).toBe(true);
    }
  });

  it.each([
    ['fme-flow', 'flow'],
    ['files', 'documents'],
    ['command', 'notes'],
  ])('show a component of kind %s that is valid as it stands', async (kind, name) => {
    const page = await readFile(`docs/${kind}-component.md`, 'utf8');
    const shown = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    // The page on programs shows the component without the key that it stands under.
    const component = Component.parse((shown.components ?? shown)[name]);
    expect(component.kind).toBe(kind);
  });
});
