import { expect, test } from 'vitest';
import { startRealDoor } from '../../bench/real-door.ts';

test('the redirect and the check that are measured go to a server, and tell one site from the other', async () => {
  const door = await startRealDoor('bench', ['a', 'b']);
  const { signal } = new AbortController();
  const expected = { site: 'b', identity: {}, addresses: {} };
  try {
    expect(await door.check.run(signal, expected)).toMatchObject({ ok: false });
    expect(await door.redirect.move(signal, 'b')).toBe('moved');
    expect(await door.redirect.read(signal)).toBe('b');
    expect(await door.check.run(signal, expected)).toMatchObject({ ok: true });
    expect(door.asked).toEqual({ move: 1, read: 2, page: 2 });
  } finally {
    door.close();
  }
});
