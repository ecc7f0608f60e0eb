import { usageProblem } from '../problem.ts';
import type { InitFlags, InitSite } from './render-config.ts';

/** What the command line gives, as commander reads it. */
export interface InitOptions {
  readonly pair: string;
  readonly clients: string;
  readonly active?: string;
  readonly site?: readonly string[];
  readonly tokenEnv?: readonly string[];
  readonly vault?: readonly string[];
  readonly vaultPasswordEnv?: readonly string[];
  readonly state: string;
  readonly files?: readonly string[];
  readonly engines: string;
  readonly every: string;
  readonly approver?: readonly string[];
  readonly temporal?: string;
  readonly namespace?: string;
}

const EXAMPLE = 'Example: --site dc1=https://fme.dc1.example.com --site dc2=https://fme.dc2.example.com';

/** Puts the flags together. Throws a usage problem where they do not fit to each other; values are checked in the file. */
export function flagsFrom(options: InitOptions): InitFlags {
  const given = (options.site ?? []).map(split);
  const names = given.map(([name]) => name);
  if (given.length !== 2 || names[0] === names[1])
    throw usageProblem('--site is needed twice, with two names.', [EXAMPLE]);
  const urls = given.filter(([, url]) => url !== undefined);
  if (urls.length === 1) throw usageProblem('An address is needed for both sites, or for none.', [EXAMPLE]);
  const trees = treesFrom(options.files ?? [], names);
  if (urls.length === 0 && trees.length === 0) {
    throw usageProblem('Nothing is protected.', [EXAMPLE, 'Or: --site dc1 --site dc2 --files /srv/data']);
  }
  const active = options.active ?? (names[0] as string);
  if (!names.includes(active)) throw usageProblem(`--active must be ${names.join(' or ')}.`);
  const { pair, clients, engines, every, approver, temporal, namespace } = options;
  return {
    pair,
    active,
    clients,
    sites: given.map(([name, url]) => siteFrom(options, names, name, url)),
    trees,
    engines,
    every,
    approvers: approver ?? [],
    ...(temporal === undefined ? {} : { temporal }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function siteFrom(options: InitOptions, names: readonly string[], name: string, url: string | undefined): InitSite {
  const variable = name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_');
  return {
    name,
    ...(url === undefined ? {} : { url }),
    tokenEnv: bySite('--token-env', options.tokenEnv, names)[name] ?? `${variable}_FLOW_TOKEN`,
    state: `${options.state.replace(/[/\\]+$/, '')}/${name}`,
    vault: bySite('--vault', options.vault, names)[name] ?? `understudy-vault/${name}`,
    vaultPasswordEnv:
      bySite('--vault-password-env', options.vaultPasswordEnv, names)[name] ?? `${variable}_VAULT_PASSWORD`,
  };
}

/** `dc1=value` for each site. */
function bySite(
  flag: string,
  values: readonly string[] | undefined,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (values ?? []).map((value) => {
      const [name, rest] = split(value);
      if (rest === undefined || !names.includes(name)) {
        throw usageProblem(`${flag} needs a site and a value, e.g. ${flag} ${names[0]}=…`);
      }
      return [name, rest];
    }),
  );
}

/** `/srv/data` is at the same path at both sites; `dc1=/srv/a` and `dc2=/srv/b` make one tree. */
function treesFrom(values: readonly string[], names: readonly string[]): Record<string, string>[] {
  const isOfSite = (value: string, name: string) => value.startsWith(`${name}=`);
  const plain = values.filter((value) => !names.some((name) => isOfSite(value, name)));
  const [first = [], second = []] = names.map((name) =>
    values.filter((value) => isOfSite(value, name)).map((value) => value.slice(name.length + 1)),
  );
  if (first.length !== second.length) {
    throw usageProblem('--files needs a path for both sites.', [
      `Example: ${names.map((name) => `--files ${name}=/srv/${name}`).join(' ')}`,
    ]);
  }
  const [one = '', two = ''] = names;
  return [
    ...plain.map((path) => ({ [one]: path, [two]: path })),
    ...first.map((path, index) => ({ [one]: path, [two]: second[index] ?? '' })),
  ];
}

/** At the first `=`: addresses hold more of them. */
function split(value: string): readonly [string, string | undefined] {
  const at = value.indexOf('=');
  return at < 0 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)];
}
