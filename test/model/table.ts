/** Numbers things by a key, so that states are rows of small numbers. */
export function createPool<T>(keyOf: (item: T) => string) {
  const ids = new Map<string, number>();
  const items: T[] = [];
  return {
    items,
    id(item: T): number {
      const key = keyOf(item);
      const known = ids.get(key);
      if (known !== undefined) return known;
      ids.set(key, items.length);
      items.push(item);
      return items.length - 1;
    },
    at(id: number): T {
      const item = items[id];
      if (item === undefined) throw new Error(`nothing has number ${id}`);
      return item;
    },
  };
}

/** A set of rows of `width` numbers in the order in which they were found, each with the row it was reached from. */
export function createRows(width: number) {
  let rows = new Int32Array(width << 12);
  let from = new Int32Array(1 << 12);
  let how = new Int32Array(1 << 12);
  let slots = new Int32Array(1 << 13).fill(-1);
  let count = 0;

  const hash = (row: ArrayLike<number>, at: number): number => {
    let h = 0x811c9dc5;
    for (let i = 0; i < width; i++) {
      h = Math.imul(h ^ (row[at + i] as number), 0x01000193);
      h ^= h >>> 15;
    }
    return (Math.imul(h, 0x9e3779b1) >>> 0) & (slots.length - 1);
  };

  function slotOf(row: ArrayLike<number>, at: number): number {
    let slot = hash(row, at);
    for (;;) {
      const found = slots[slot] as number;
      if (found < 0) return slot;
      let i = 0;
      while (i < width && rows[found * width + i] === row[at + i]) i++;
      if (i === width) return slot;
      slot = (slot + 1) & (slots.length - 1);
    }
  }

  function grow(): void {
    const bigger = <T extends Int32Array>(old: T): Int32Array<ArrayBuffer> => {
      const next = new Int32Array(old.length * 2);
      next.set(old);
      return next;
    };
    rows = bigger(rows);
    from = bigger(from);
    how = bigger(how);
    slots = new Int32Array(slots.length * 2).fill(-1);
    for (let i = 0; i < count; i++) slots[slotOf(rows, i * width)] = i;
  }

  return {
    count: () => count,
    value: (row: number, column: number): number => rows[row * width + column] as number,
    from: (row: number): number => from[row] as number,
    how: (row: number): number => how[row] as number,
    /** Adds a row unless it is known. */
    add(row: ArrayLike<number>, reachedFrom: number, label: number): void {
      const slot = slotOf(row, 0);
      if ((slots[slot] as number) >= 0) return;
      if (count === from.length) {
        grow();
        this.add(row, reachedFrom, label);
        return;
      }
      for (let i = 0; i < width; i++) rows[count * width + i] = row[i] as number;
      from[count] = reachedFrom;
      how[count] = label;
      slots[slot] = count++;
    },
  };
}
