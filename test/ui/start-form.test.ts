import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type EmbeddedTemporal, startTemporal } from '../../worker/temporal.ts';

/** A browser of this machine; none is fetched for it. */
const BROWSER = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find(existsSync);
const QUIET = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const OFFLINE = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** What the manual says of a workflow: the link that prefills the form, its id where it has one, and the JSON for it. */
const manual = await readFile('docs/temporal-ui.md', 'utf8');
const documented = [
  ...manual.matchAll(/^\| \[`(\w+)`\]\(http:\/\/[^/]+(\/\S+start-workflow\S+)\) \|[^|]*\| `([^`]+)`/gm),
];

describe.skipIf(BROWSER === undefined)('The form of the Temporal UI, opened by a link of the manual', () => {
  let temporal: EmbeddedTemporal;
  let browser: Browser;
  let connection: Connection;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'understudy-ui-'));
    temporal = await startTemporal({ folder, cli: inject('temporalCli'), say: () => {} });
    connection = await Connection.connect({ address: temporal.address });
    browser = await chromium.launch({ executablePath: BROWSER as string, args: [...QUIET, ...OFFLINE] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await connection?.close();
    await temporal?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test('there is one for each workflow that a person starts', () => {
    expect(documented.map(([, type]) => type)).toEqual(['sync', 'failover', 'pair', 'inspect', 'setup']);
  });

  test.each(documented.map(([, type = '', link = '', input = '']) => [type, link, input] as const))(
    'starts %s with its queue, and the documented JSON as its one input',
    async (type, link, input) => {
      const page = await browser.newPage({ viewport: { width: 1400, height: 1200 } });
      await page.goto(`${temporal.ui}${link}`);
      const field = (name: string) => page.locator(`input[name=${name}]`);
      await expect.poll(() => field('workflowType').inputValue(), { timeout: 30_000 }).toBe(type);
      expect(await field('taskQueue').inputValue()).toBe('understudy');
      const id = (await field('workflowId').inputValue()) || `${type}/by hand`;
      await field('workflowId').fill(id);
      await page.locator('[contenteditable=true]').first().click();
      await page.keyboard.insertText(input);
      // The text is put in order when it is left, which moves the button.
      await page.getByRole('heading', { name: 'Start Workflow' }).click();
      await page.getByRole('button', { name: 'Start Workflow' }).click();

      const handle = new Client({ connection }).workflow.getHandle(id);
      const started = async () => (await handle.describe().catch(() => undefined))?.type;
      await expect.poll(started, { timeout: 30_000 }).toBe(type);
      const { taskQueue } = await handle.describe();
      expect(taskQueue).toBe('understudy');
      const [first] = (await handle.fetchHistory()).events ?? [];
      const payloads = first?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      expect(payloads.map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString()))).toEqual([JSON.parse(input)]);
      await page.close();
    },
    90_000,
  );
});
