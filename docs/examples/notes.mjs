#!/usr/bin/env node
/*
 * Protects a small application by the contract of ../command-component.md. The application is a folder: notes in `notes/`,
 * a sender that mails them by schedule (here: a file that says whether it runs), and a queue of mails. Take it as the
 * beginning of a program for yours: each verb is one function.
 *
 *   components:
 *     notes:
 *       kind: command
 *       sites:
 *         dc1: { command: [node, /opt/notes.mjs], environment: { NOTES: /srv/notes } }
 *         dc2: { command: [node, /opt/notes.mjs], environment: { NOTES: /srv/notes } }
 */
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

const home = process.env.NOTES;
const at = (...names) => path.join(home, ...names);
const readJson = (file, otherwise) =>
  fs.existsSync(at(file)) ? JSON.parse(fs.readFileSync(at(file), 'utf8')) : otherwise;

/** Written beside and renamed: whoever kills us leaves the old file or the new one. */
function writeFile(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, text);
  fs.renameSync(`${file}.new`, file);
}
const writeJson = (file, value) => writeFile(at(file), JSON.stringify(value));

/** Ends with an exit code of the contract: 75 try again, 65 the backup is damaged, anything else refused. */
function fail(code, why) {
  console.error(why);
  process.exit(code);
}

const notes = () =>
  fs.existsSync(at('notes'))
    ? fs
        .readdirSync(at('notes'))
        .filter((name) => name.endsWith('.txt'))
        .sort()
    : [];
const text = (note) => fs.readFileSync(at('notes', note), 'utf8');
const sender = () => readJson('sender.json', { running: false, startsWithMachine: false });
const schedules = () => readJson('schedules.json', {});
const mails = () => readJson('mails.json', []);
const digest = (value) => createHash('sha256').update(value).digest('hex').slice(0, 16);

const verbs = {
  // An id that no restore carries over. `establish` makes it, once.
  establish() {
    if (!fs.existsSync(at('identity.json'))) writeJson('identity.json', { identity: randomUUID() });
  },
  identify() {
    const known = readJson('identity.json', undefined);
    return (
      known ?? fail(1, `${at('identity.json')} is not there. Is the disk mounted? For a new site: understudy setup`)
    );
  },
  observe() {
    const { running, startsWithMachine } = sender();
    const healthy = fs.existsSync(home);
    return {
      version: '1.0',
      started: 'not told',
      healthy,
      says: `${notes().length} notes`,
      running,
      startsWithMachine,
    };
  },
  // Everything that a restore must bring back, with a digest: the same code at both sites.
  inventory() {
    return {
      inventory: {
        notes: Object.fromEntries(notes().map((note) => [note, digest(text(note))])),
        schedules: Object.fromEntries(Object.keys(schedules()).map((name) => [name, 'there'])),
      },
    };
  },

  // One note a line. Sorted: what did not change is the same bytes, and is not stored again.
  backup() {
    for (const note of notes()) process.stdout.write(`${JSON.stringify({ note, text: text(note) })}\n`);
    process.stdout.write(`${JSON.stringify({ end: notes().length, schedules: schedules() })}\n`);
  },
  // The backup follows the request on standard input. Nothing in place is touched before all of it is there.
  async restore(_request, lines) {
    const next = at(`next-${process.pid}`);
    fs.mkdirSync(next, { recursive: true });
    let count = 0;
    let end;
    for await (const line of lines) {
      const item = JSON.parse(line);
      if (item.end !== undefined) end = item;
      else {
        fs.writeFileSync(path.join(next, item.note), item.text);
        count += 1;
      }
    }
    if (end?.end !== count) fail(65, `the backup is cut: ${count} of ${end?.end ?? 'unknown'} notes`);
    fs.rmSync(at('notes'), { recursive: true, force: true });
    fs.renameSync(next, at('notes'));
    // Schedules come along, and act at one site only: here they come back held.
    writeJson('schedules.json', Object.fromEntries(Object.keys(end.schedules).map((name) => [name, false])));
  },

  // What acts by itself. `release` enables exactly the set that `enabled` told before a freeze, perhaps at the other site.
  enabled() {
    const on = Object.entries(schedules()).filter(([, enabled]) => enabled);
    return { enabled: { schedules: on.map(([name]) => name) } };
  },
  hold() {
    writeJson('schedules.json', Object.fromEntries(Object.keys(schedules()).map((name) => [name, false])));
    writeJson('closed.json', true);
  },
  release({ enabled }) {
    const on = enabled.schedules ?? [];
    writeJson('schedules.json', Object.fromEntries(Object.keys(schedules()).map((name) => [name, on.includes(name)])));
    writeJson('closed.json', false);
  },
  'prove-frozen'() {
    if (!readJson('closed.json', false)) fail(75, 'notes can still be written');
  },

  drain() {
    const job = ({ id, to, text }) => ({ id, title: `mail to ${to}`, request: { to, text } });
    return {
      running: [],
      queued: mails()
        .filter(({ sent }) => !sent)
        .map(job),
    };
  },
  cancel({ jobs }) {
    const ids = jobs.map(({ id }) => id);
    const ended = mails()
      .filter(({ id, sent }) => ids.includes(id) && sent)
      .map(({ id }) => id);
    writeJson(
      'mails.json',
      mails().filter(({ id }) => !ids.includes(id) || ended.includes(id)),
    );
    return { ended };
  },
  // Keyed by the job, so that a repeated call does not send it twice.
  resubmit({ job }) {
    if (!mails().some(({ id }) => id === job.id)) writeJson('mails.json', [...mails(), { id: job.id, ...job.request }]);
  },

  quiet() {
    writeJson('sender.json', { running: false, startsWithMachine: false });
    verbs.hold();
  },
  stage: () => ({ notes: [`${notes().length} notes are there`] }),
  start() {
    writeJson('sender.json', { running: true, startsWithMachine: false });
    return { notes: ['the sender runs'] };
  },
  'stop-core': () => verbs.quiet(),
  // Our own leftovers, also those of a restore that was killed; never anything else.
  clean() {
    for (const name of fs.readdirSync(home))
      if (/^next-\d+$/.test(name)) fs.rmSync(at(name), { recursive: true, force: true });
  },
  check() {
    const todo = 'Turn it off: a standby that starts by itself sends mails.';
    return {
      findings: sender().startsWithMachine
        ? [{ level: 'error', topic: 'sender', says: 'The sender starts with the machine.', todo }]
        : [{ level: 'ok', topic: 'sender', says: 'The sender does not start with the machine.' }],
    };
  },
};

if (!home) fail(1, 'the environment variable NOTES is not set');
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const request = JSON.parse((await lines.next()).value);
const verb = Object.hasOwn(verbs, request.verb) ? verbs[request.verb] : undefined;
if (!verb) fail(64, `unknown verb ${request.verb}`);
const answer = await verb(request, lines);
if (answer !== undefined) console.log(JSON.stringify(answer));
