// Gets the Temporal CLI by the download that the SDK offers: node temporal-download.mjs VERSION EXECUTABLE
// Plain JavaScript, because it runs as a process of its own from the sources as well as from dist.
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [version, executable] = process.argv.slice(2);
const folder = dirname(executable);

// The SDK sets no time limit, and a firewall may answer nothing at all: no first byte in 15 seconds, or none for 30.
let size = 0;
let deadline = Date.now() + 15_000;
setInterval(() => {
  const name = readdirSync(folder).find((entry) => entry.endsWith('.downloading'));
  const now = name ? statSync(join(folder, name)).size : 0;
  if (now > size) {
    size = now;
    deadline = Date.now() + 30_000;
  }
  if (Date.now() > deadline) fail(`no answer from the network (${size} bytes so far)`);
}, 500).unref();

const downloaded = join(folder, `temporal-v${version}${extname(executable)}`);
try {
  const server = { executable: { type: 'cached-download', version: `v${version}`, downloadDir: folder } };
  const environment = await TestWorkflowEnvironment.createLocal({ server });
  await environment.teardown();
} catch (error) {
  // The SDK also starts what it got; a machine too slow for that has the program all the same.
  if (!existsSync(downloaded)) fail(error.message);
}
renameSync(downloaded, executable);
process.exit(0);

function fail(why) {
  console.error(why);
  process.exit(1);
}
