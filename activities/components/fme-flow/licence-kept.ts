import { failure } from '../../failure.ts';
import type { Work } from '../component.ts';
import type { Parts } from './context.ts';

/** A licence that was valid before a restore and is not any more is asked for anew. Fails with `Refused` without success. */
export async function refreshLostLicence(parts: Parts, work: Work, before: boolean): Promise<void> {
  const { licence } = (await parts.flow(work.signal)).api;
  const now = await licence.licence(work.signal);
  if (now.valid || !before) {
    parts.found.note('licenceAfterRestore', now.valid ? 'stays' : 'there was none');
    return;
  }
  parts.found.note('licenceAfterRestore', 'lost and refreshed');
  work.progress({ what: 'the restore took the licence along: asking for it anew' });
  await licence.refresh(work.signal);
  await requireLicence(parts, work.signal);
}

/** Fails with `Refused` when this site may not run engines. */
export async function requireLicence(parts: Parts, signal: AbortSignal): Promise<string> {
  const { licence } = (await parts.flow(signal)).api;
  const now = await licence.licence(signal);
  if (!now.valid)
    throw failure(
      'Refused',
      `${parts.context.name} at ${parts.context.site} has no valid licence (expires: ${now.expires}). Request or refresh it in its web page under Licensing, then retry`,
    );
  return `licence valid (${now.expires}), ${now.engines} engines`;
}
