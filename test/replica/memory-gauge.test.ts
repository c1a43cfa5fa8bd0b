import { describe, expect, test } from 'vitest';
import { MemoryGauge } from '../../src/replica/memory-gauge.ts';

const mib = 1 << 20;

/** A state of rows, caches and history, in bytes. */
class State {
  rows = 0;
  caches = 0;
  history = 0;
  measured = 0;
  readonly relieved: string[] = [];

  gauge(bytesMax: number): MemoryGauge {
    return new MemoryGauge({
      bytesMax,
      measure: () => {
        this.measured++;
        return this.rows + this.caches + this.history;
      },
      relief: [() => this.relieve('caches'), () => this.relieve('history')],
    });
  }

  private relieve(what: 'caches' | 'history'): void {
    this.relieved.push(what);
    this[what] = 0;
  }
}

describe('a gauge', () => {
  test('[I13] is full above the budget, and not at it', () => {
    const at = new State();
    at.rows = 100 * mib;
    expect(at.gauge(100 * mib).isFull()).toBe(false);
    at.rows++;
    expect(at.gauge(100 * mib).isFull()).toBe(true);
  });

  test('measures rarely where there is much room, and often where there is little', () => {
    const often = (rows: number) => {
      const state = new State();
      state.rows = rows;
      const gauge = state.gauge(1_000 * mib);
      for (let written = 0; written < 100; written++) {
        gauge.isFull();
        gauge.wrote(mib);
      }
      return state.measured;
    };
    expect([often(0), often(968 * mib), often(999 * mib)]).toEqual([2, 52, 102]);
  });

  test('keeps the budget though each record makes the state grow by sixteen times as much', () => {
    const state = new State();
    const gauge = state.gauge(100 * mib);
    let most = 0;
    for (let record = 0; record < 100_000; record++) {
      if (gauge.isFull()) break;
      gauge.wrote(1_000);
      state.rows += 16_000;
      most = state.rows;
    }
    expect(gauge.isFull()).toBe(true);
    // The step that is the smallest is all that it can be above.
    expect(most).toBeLessThanOrEqual(100 * mib + 16 * (64 << 10) + 16_000);
  });

  test('lets go of caches first, and of history only where that is not enough', () => {
    const state = new State();
    Object.assign(state, { rows: 50 * mib, caches: 45 * mib, history: 5 * mib });
    const gauge = state.gauge(100 * mib);
    expect(gauge.isFull()).toBe(false);
    expect(state.relieved).toEqual(['caches']);
    expect(gauge.usedBytes).toBe(55 * mib);

    Object.assign(state, { rows: 80 * mib, caches: 20 * mib, history: 15 * mib });
    gauge.wrote(mib * 64);
    expect(gauge.isFull()).toBe(false);
    expect(state.relieved).toEqual(['caches', 'caches', 'history']);
  });

  test('does not let go again of what has just gone', () => {
    const state = new State();
    state.rows = 95 * mib;
    const gauge = state.gauge(100 * mib);
    for (let time = 0; time < 10; time++) {
      gauge.isFull();
      gauge.wrote(mib * 64);
    }
    expect(state.relieved).toEqual(['caches', 'history']);
    state.caches = 2 * mib;
    gauge.isFull();
    expect(state.relieved).toEqual(['caches', 'history', 'caches', 'history']);
  });

  test('lets go once more, and at once, where something became free', () => {
    const state = new State();
    state.rows = 101 * mib;
    const gauge = state.gauge(100 * mib);
    expect(gauge.isFull()).toBe(true);
    const relieved = state.relieved.length;
    gauge.freed();
    state.rows = 90 * mib + 1;
    expect(gauge.isFull()).toBe(false);
    expect(state.relieved).toHaveLength(relieved + 2);
  });

  test('does not measure for what became free where there is room anyway, unless it is told to', () => {
    const state = new State();
    const gauge = state.gauge(100 * mib);
    for (let time = 0; time < 3; time++) {
      expect(gauge.isFull()).toBe(false);
      gauge.freed();
    }
    expect(state.measured).toBe(1);
    gauge.freed(true);
    gauge.isFull();
    expect(state.measured).toBe(2);
  });

  test('finds out that there is room again, also where nothing is written', () => {
    const state = new State();
    state.rows = 101 * mib;
    const gauge = state.gauge(100 * mib);
    expect(gauge.isFull()).toBe(true);
    state.rows = 10 * mib;
    let asked = 1;
    while (gauge.isFull()) asked++;
    expect(asked).toBe(16);
  });
});
