import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseSettings, type Settings, type SettingsInput } from './settings.ts';
import { readJson } from './state/files.ts';
import { chooseUnknowns, type Unknowns } from './unknowns.ts';

/** Settings that change while a site runs: those given in code or by the admin side, under those of a watched file. */
export interface LiveSettings {
  settings(): Settings;
  unknowns(): Unknowns;
  /** Changes those given; a wrong change is refused and changes nothing. */
  change(changes: SettingsInput): void;
  /** Calls back after each change of the file; a file that is wrong or half written is reported and waited for. */
  watch(changed: () => void): () => void;
}

export function openSettings(initial: SettingsInput, path: string | undefined): LiveSettings {
  let given = initial;
  const load = (from: SettingsInput): { settings: Settings; unknowns: Unknowns } => {
    const file = path === undefined ? {} : ((readJson(path) ?? {}) as SettingsInput);
    const settings = parseSettings({ ...from, ...file });
    return { settings, unknowns: chooseUnknowns(settings.unknowns) };
  };
  let now = load(given);
  return {
    settings: () => now.settings,
    unknowns: () => now.unknowns,
    change(changes) {
      const next = { ...given, ...changes };
      now = load(next);
      given = next;
    },
    watch(changed) {
      if (path === undefined) return () => {};
      let again: NodeJS.Timeout | undefined;
      const read = (triesLeft: number): void => {
        clearTimeout(again);
        try {
          now = load(given);
          changed();
        } catch (cause) {
          // Perhaps its writer was in the middle of it.
          if (triesLeft > 0) again = setTimeout(() => read(triesLeft - 1), 50);
          else console.error((cause as Error).message);
        }
      };
      const watcher = watch(dirname(resolve(path)), (_event, name) => {
        if (name === basename(path)) read(10);
      });
      return () => {
        clearTimeout(again);
        watcher.close();
      };
    },
  };
}
