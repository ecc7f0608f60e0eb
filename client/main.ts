#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../tools/package-root.ts';
import { createCli } from './cli.ts';
import { createIo } from './io.ts';
import { runCli } from './program.ts';

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
const code = await runCli(process.argv.slice(2), createCli(createIo()), version);
// What is still open (a worker's native part, a connection that is closing) must not hold up the end; output must.
process.exitCode = code;
process.stdout.write('', () => process.exit(code));
