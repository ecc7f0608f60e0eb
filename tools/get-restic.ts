import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptConfiguration } from './apt-configuration.ts';
import { type Getter, NotHere, onPath, requireVersion } from './lookup.ts';
import { createProgress } from './progress.ts';
import { run } from './run.ts';
import { OLDEST } from './versions.ts';

/** `debian-12`, `ubuntu-24.04`: stands for the version of a package, which the distribution chooses. */
export async function distribution(file = '/etc/os-release'): Promise<string> {
  const release = await readFile(file, 'utf8').catch(() => '');
  const field = (name: string): string | undefined => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1];
  return `${field('ID') ?? process.platform}-${field('VERSION_ID') ?? field('VERSION_CODENAME') ?? 'rolling'}`;
}

/** Long enough for the package lists over a slow line; they are 10 to 70 MB. */
const APT_LIMIT_MS = 5 * 60_000;

/** Debian's or Ubuntu's package, signed by the distribution, unpacked beside the system. */
export const unpackRestic: Getter = async (into, say) => {
  const apt = await onPath('apt-get');
  const dpkgDeb = await onPath('dpkg-deb');
  if (apt === undefined || dpkgDeb === undefined) throw new NotHere('this is not Debian or Ubuntu');

  const progress = createProgress('restic', 'fetching the package of the distribution into the cache, once', say);
  const scratch = join(into, 'apt');
  try {
    await mkdir(join(scratch, 'lists', 'partial'), { recursive: true });
    await mkdir(join(scratch, 'cache', 'archives', 'partial'), { recursive: true });
    await writeFile(join(scratch, 'apt.conf'), aptConfiguration(scratch));
    for (const args of [['update'], ['download', 'restic']]) {
      await run(apt, ['-c', join(scratch, 'apt.conf'), ...args], { cwd: scratch, limitMs: APT_LIMIT_MS });
    }
    const archive = (await readdir(scratch)).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new NotHere('apt-get download left no package');
    await run(dpkgDeb, ['-x', join(scratch, archive), into]);
    await requireVersion(join(into, 'usr', 'bin', 'restic'), ['version'], OLDEST.restic);
  } finally {
    progress.end();
    await rm(scratch, { recursive: true, force: true });
  }
};
