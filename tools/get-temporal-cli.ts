import { join } from 'node:path';
import { type Getter, NotHere, onPath, requireVersion } from './lookup.ts';
import { packageRoot } from './package-root.ts';
import { createProgress } from './progress.ts';
import { run } from './run.ts';
import { OLDEST, VERSIONS } from './versions.ts';

const TITLE = `Temporal CLI ${VERSIONS.temporalCli}`;
const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** The script gives up by itself where nothing comes; this bounds a network that is merely far too slow for 60 MB. */
const DOWNLOAD_LIMIT_MS = 10 * 60_000;

/**
 * Through the SDK. In a process of its own, since a download inside the SDK cannot be stopped, and so that its native part
 * is not loaded here.
 */
export const downloadTemporalCli: Getter = async (into, say) => {
  const progress = createProgress(TITLE, 'downloading, once', say);
  try {
    const script = join(packageRoot(), 'tools', 'temporal-download.mjs');
    await run(process.execPath, [script, VERSIONS.temporalCli, join(into, EXECUTABLE)], { limitMs: DOWNLOAD_LIMIT_MS });
  } catch (cause) {
    throw new NotHere('not possible from this network', { cause });
  } finally {
    progress.end();
  }
};

/** From the pinned module, with the user's own Go and its caches. */
export const buildTemporalCli: Getter = async (into, say) => {
  const go = await onPath('go');
  if (go === undefined) throw new NotHere('no go on PATH');
  await requireVersion(go, ['version'], OLDEST.go);

  const progress = createProgress(TITLE, 'building with Go, once; takes about 4 minutes on 2 cores', say);
  const version = `-X github.com/temporalio/cli/internal/temporalcli.Version=${VERSIONS.temporalCli}`;
  const flags = ['-v', '-trimpath', '-ldflags', `-s -w ${version}`, '-o', join(into, EXECUTABLE)];
  let packages = 0;
  try {
    await run(go, ['build', ...flags, 'github.com/temporalio/cli/cmd/temporal'], {
      cwd: join(packageRoot(), 'tools', 'temporal'),
      // The module is taken as committed, whatever the user's own settings are; without cgo no C compiler is needed.
      env: { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' },
      onLine: (line) => {
        if (line.startsWith('go: downloading ')) return progress.note('fetching modules');
        packages++;
        progress.note(`${packages} packages compiled`);
      },
    });
  } finally {
    progress.end();
  }
};
