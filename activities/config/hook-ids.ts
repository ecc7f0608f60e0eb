import type { HookConfig } from '../../model/config.ts';
import { digestOf } from './digest.ts';

/**
 * One id a hook, which says what it does and not where it stands: a run that was told to leave one out must not leave out
 * another because the file changed. The second of two that do the same has another one.
 */
export function hookIds(hooks: readonly HookConfig[]): readonly string[] {
  const seen = new Map<string, number>();
  return hooks.map((hook) => {
    const id = digestOf(hook).slice(0, 8);
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? id : `${id}.${count}`;
  });
}
