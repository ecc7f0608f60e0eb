import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of our own package.json. The same code runs from `tools/` and from `dist/tools/`, in a clone and inside
 * somebody's node_modules, so the folder is looked for and not counted in steps.
 */
export function packageRoot(from: string = import.meta.url): string {
  let folder = dirname(fileURLToPath(from));
  for (;;) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'understudy-dr') return folder;
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`No package.json of understudy-dr above ${from}: the installation is damaged.`);
    folder = parent;
  }
}
