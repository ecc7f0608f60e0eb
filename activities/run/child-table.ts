import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Names the variable that every child of ours, and whatever it starts, carries in its environment. */
export const TOKEN_VARIABLE = 'UNDERSTUDY_CHILD';

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly dead: boolean;
  readonly started: string;
}

let boot: string | undefined;
/** Ticks since boot mean nothing after a restart of the machine, so its id goes with them. */
const bootId = (): string => {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
};

/** One process as `/proc` tells it (proc(5): the name in brackets may hold anything, so fields count from its end). */
function procEntry(pid: number): Entry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      dead: fields[0] === 'Z' || fields[0] === 'X',
      parent: Number(fields[1]),
      session: Number(fields[3]),
      started: `${bootId()}/${fields[19]}`,
    };
  } catch {
    return undefined;
  }
}

const procEntries = (): Entry[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => procEntry(Number(name)) ?? []);

/** `ps` of macOS and the BSDs; start times to the second. */
async function psEntries(): Promise<Entry[]> {
  const { stdout } = await execute('ps', ['-axo', 'pid=,ppid=,stat=,lstart='], {
    env: { PATH: process.env.PATH ?? '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (match === null) return [];
    const [, pid, parent, state = '', started = ''] = match;
    return [{ pid: Number(pid), parent: Number(parent), session: -1, dead: state.startsWith('Z'), started }];
  });
}

/** Windows: the start time comes from PowerShell, which takes about half a second; processes of other users are not seen. */
async function windowsEntry(pid: number): Promise<Entry | undefined> {
  const script = `$p = Get-Process -Id ${pid} -ErrorAction Stop; $p.StartTime.ToFileTimeUtc()`;
  const found = await execute('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script], {
    windowsHide: true,
  }).catch(() => undefined);
  const started = found?.stdout.trim();
  return started ? { pid, parent: -1, session: -1, dead: false, started } : undefined;
}

/** Read at once where the system can: the shorter the time between start and record, the less can be lost in it. */
export const startedNow = (pid: number): string | undefined =>
  process.platform === 'linux' ? procEntry(pid)?.started : undefined;

/** The start time of a living process as the system tells it: with its id it names one process. */
export async function startedAt(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const entry = procEntry(pid);
    return entry?.dead ? undefined : entry?.started;
  }
  if (process.platform === 'win32') return (await windowsEntry(pid))?.started;
  const entry = (await psEntries()).find((one) => one.pid === pid);
  return entry?.dead ? undefined : entry?.started;
}

/**
 * Living processes that belong to a recorded child: itself (the same id and start time), what it started, and on Linux
 * whatever carries its token, also after the child itself is gone.
 */
export async function family(child: {
  readonly pid: number | undefined;
  readonly started: string | undefined;
  readonly token: string;
}): Promise<readonly number[]> {
  if (process.platform === 'win32') {
    if (child.pid === undefined || child.started === undefined) return [];
    return (await windowsEntry(child.pid))?.started === child.started ? [child.pid] : [];
  }
  const linux = process.platform === 'linux';
  const entries = (linux ? procEntries() : await psEntries()).filter((entry) => !entry.dead);
  const found = new Set<number>();
  const leader = entries.find((entry) => entry.pid === child.pid && entry.started === child.started);
  if (leader) {
    found.add(leader.pid);
    for (const entry of entries) if (entry.session === leader.pid) found.add(entry.pid);
  }
  if (linux) for (const entry of entries) if (carries(entry.pid, child.token)) found.add(entry.pid);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const entry of entries) if (found.has(entry.parent)) found.add(entry.pid);
  }
  found.delete(process.pid);
  return [...found];
}

function carries(pid: number, token: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${TOKEN_VARIABLE}=${token}`);
  } catch {
    return false;
  }
}

/** SIGKILL; on Windows the system's own tool, which takes the whole tree. */
export async function kill(pids: readonly number[]): Promise<void> {
  if (process.platform === 'win32') {
    for (const pid of pids)
      await execute('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true }).catch(() => {});
    return;
  }
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone meanwhile.
    }
  }
}
