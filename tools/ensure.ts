import { ProgramMissing } from './lookup.ts';
import { ensureRestic, ensureTemporalCli, ensureTestServer } from './programs.ts';

/**
 * `node dist/tools/ensure.js temporal|restic|test-server|all`: gets the external programs. One path a line on standard
 * output, progress on standard error; exit code 1 where one cannot be had, 2 for a wrong argument.
 */
const getters: Readonly<Record<string, () => Promise<string | undefined>>> = {
  temporal: ensureTemporalCli,
  restic: ensureRestic,
  'test-server': ensureTestServer,
};

async function main(wanted = ''): Promise<number> {
  const names = wanted === 'all' ? Object.keys(getters) : [wanted];
  for (const name of names) {
    const getter = getters[name];
    if (getter === undefined) {
      console.error(`Usage: node dist/tools/ensure.js ${Object.keys(getters).join('|')}|all`);
      return 2;
    }
    const path = await getter();
    if (path !== undefined) console.log(path);
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  console.error(error instanceof ProgramMissing ? error.message : error);
  process.exitCode = 1;
}
