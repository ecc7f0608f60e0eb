import { userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Settings that let `apt-get` work for one user, beside the system: sources, keys and proxies are the system's, while the
 * lists and the archives are in `folder`. Read after the system's own settings, so that it can also take back the hooks that
 * those run after an update, which would touch the system.
 */
export function aptConfiguration(folder: string): string {
  const quoted = (path: string): string => `"${path.replaceAll('"', '')}"`;
  return [
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    `Dir::State::lists ${quoted(join(folder, 'lists'))};`,
    `Dir::Cache ${quoted(join(folder, 'cache'))};`,
    `Dir::Log ${quoted(folder)};`,
    // apt would drop to a user of its own, who cannot read the cache of root.
    `APT::Sandbox::User ${quoted(userInfo().username)};`,
    'Acquire::Languages "none";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    'Acquire::Retries "1";',
    '',
  ].join('\n');
}
