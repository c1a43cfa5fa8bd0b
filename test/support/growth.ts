/**
 * By how much work takes longer where there is sixteen times as much of it: about 16 where its time is linear, about 256
 * where it is quadratic. Both are measured in turns and the shortest of each counts: where the
 * longer takes some milliseconds, one of them is not interrupted on a busy machine either.
 */
export function growthOfSixteen(work: (size: number) => void, size: number): number {
  const shortestMs = new Map<number, number>();
  for (let round = 0; round < 15; round++) {
    for (const one of [size, 16 * size]) {
      const startedMs = performance.now();
      work(one);
      const ms = performance.now() - startedMs;
      shortestMs.set(one, Math.min(ms, shortestMs.get(one) ?? ms));
    }
  }
  return shortestMs.get(16 * size)! / shortestMs.get(size)!;
}

/** Between linear and quadratic, of `growthOfSixteen`. */
export const growthMax = 64;
