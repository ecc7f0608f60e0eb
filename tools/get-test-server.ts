import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { type Getter, NotHere, onPath } from './lookup.ts';
import { packageRoot } from './package-root.ts';
import { createProgress } from './progress.ts';
import { run } from './run.ts';
import { VERSIONS } from './versions.ts';

const MAVEN_LIMIT_MS = 10 * 60_000;

/** The jars by Maven, and the script that starts them. */
export const copyTestServer: Getter = async (into, say) => {
  const maven = await onPath('mvn');
  if (maven === undefined) throw new NotHere('no mvn on PATH');
  const progress = createProgress(`Temporal test server ${VERSIONS.testServer}`, 'fetching with Maven, once', say);
  try {
    // A copy, since Maven may write beside the file, and our own folder may be read-only.
    const pom = join(into, 'pom.xml');
    await copyFile(join(packageRoot(), 'tools', 'test-server', 'pom.xml'), pom);
    const jars = join(into, 'lib');
    await run(
      maven,
      ['-B', '-q', '-Dstyle.color=never', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`],
      {
        cwd: into,
        limitMs: MAVEN_LIMIT_MS,
      },
    );
    await archiveClasses(into);
  } finally {
    progress.end();
  }
  const { name, text } = startScript();
  await writeFile(join(into, name), text, { mode: 0o755 });
};

const ARCHIVE = 'classes.jsa';
/** It lives for one test and has little to do: starting quickly counts, running quickly does not. */
const JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const MAIN = 'io.temporal.testserver.TestServer';

/**
 * The SDK starts its executable with one argument, the port, and waits 5 seconds for it to listen. The script hands its
 * process over to Java, so that the SDK's kill meets the right one. All paths are relative: the folder is renamed once it
 * is whole, and Java takes a class archive only with the class path that it was made with.
 */
export function startScript(platform: NodeJS.Platform = process.platform): { name: string; text: string } {
  const java = `java ${JVM.join(' ')}`;
  if (platform === 'win32') {
    const text = ['@echo off', 'cd /d "%~dp0"', `${java} -cp "lib\\*" ${MAIN} %*`, ''].join('\r\n');
    return { name: 'temporal-test-server.cmd', text };
  }
  const text = [
    '#!/bin/sh',
    'cd "$(dirname "$0")" || exit 1',
    `if [ -f ${ARCHIVE} ]; then shared=-XX:SharedArchiveFile=${ARCHIVE}; else shared=-Xshare:auto; fi`,
    `exec ${java} "$shared" -cp 'lib/*' ${MAIN} "$@"`,
    '',
  ].join('\n');
  return { name: 'temporal-test-server', text };
}

/**
 * Starts the server once and has Java keep its loaded classes in an archive, which halves each later start; on a busy
 * machine that decides whether the SDK's 5 seconds are enough. Java writes it when it is asked to end, which Windows
 * cannot ask for; without an archive everything works all the same.
 */
async function archiveClasses(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const port = await freePort();
  const args = [`-XX:ArchiveClassesAtExit=${ARCHIVE}`, ...JVM, '-cp', 'lib/*', MAIN, String(port)];
  const server = spawn('java', args, { cwd: folder, stdio: 'ignore' });
  const ended = once(server, 'exit').catch(() => {});
  const listening = async (): Promise<void> => {
    while (server.exitCode === null && !(await answers(port))) await sleep(100);
  };
  await Promise.race([listening(), ended, sleep(30_000, undefined, { ref: false })]);
  server.kill('SIGTERM');
  await Promise.race([ended, sleep(60_000, undefined, { ref: false })]);
  server.kill('SIGKILL');
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
