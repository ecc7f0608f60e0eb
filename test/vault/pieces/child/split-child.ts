import { openPieceFolder } from '../../../../activities/vault/pieces/folder.ts';
import { splitPackage } from '../../../../activities/vault/pieces/split.ts';
import { packageOf } from '../packages.ts';
import { inChunks } from '../scratch-folder.ts';

/** Takes a package apart as a worker does, and kills itself when it has got so far: bytes, or a step. */
const [path = '', seed = '0', at = ''] = process.argv.slice(2);
const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

async function* slowly(): AsyncGenerator<Buffer> {
  let passed = 0;
  for (const chunk of inChunks(packageOf(Number(seed)))) {
    yield chunk;
    passed += chunk.length;
    // Writes of before are under way, or done.
    if (passed > Number(at)) await new Promise((resolve) => setTimeout(resolve, Math.random() * 4)).then(die);
  }
}

const folder = await openPieceFolder(path);
const split = await splitPackage(slowly(), folder);
if (at === 'split') die();
await folder.sweep(split.sha256, split.hashes);
if (at === 'swept') die();
