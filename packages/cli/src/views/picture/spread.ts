/** Something on a row: how far it reaches to either side, and where it would be best. */
export interface Wish {
  readonly left: number;
  readonly right: number;
  readonly at: number;
}

interface Pool {
  readonly total: number;
  readonly count: number;
}

/**
 * Places in this order, none over another, with the least squares of the distances from where they would be best: what
 * is in each other's way is pooled, and moved together (isotonic regression, by pooling adjacent violators).
 */
export function spread(wishes: readonly Wish[], gap: number): readonly number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const [index, { left }] of wishes.entries()) {
    const before = wishes[index - 1];
    if (before) offset += before.right + gap + left;
    offsets.push(offset);
  }
  const pools: Pool[] = [];
  for (const [index, { at }] of wishes.entries()) {
    let pool: Pool = { total: at - (offsets[index] ?? 0), count: 1 };
    for (let last = pools.at(-1); last && mean(last) > mean(pool); last = pools.at(-1)) {
      pool = { total: pool.total + last.total, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  }
  const bases = pools.flatMap((it) => Array.from({ length: it.count }, () => mean(it)));
  return offsets.map((it, index) => it + (bases[index] ?? 0));
}

const mean = ({ total, count }: Pool): number => total / count;
