import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import {
  integerCodecs,
  integersBits,
  readIntegers,
  writeIntegers,
} from '../../src/codec/integers.ts';
import { type Level, Plan } from '../../src/codec/plan.ts';
import { columns, integersOfLength } from './contract/columns.ts';
import { framesOf, readAll } from './contract/trip.ts';

const levels: readonly Level[] = ['fast', 'balanced', 'small'];

function written(all: readonly (readonly number[])[], level: Level, plans: Plan[] = []) {
  const out = new BlockWriter();
  all.forEach((values, index) => {
    plans[index] ??= new Plan(level);
    writeIntegers(out, Float64Array.from(values), values.length, plans[index]);
  });
  return out;
}

const framesIn = (out: BlockWriter) => out.frames().map(({ bytes }) => Uint8Array.from(bytes));

describe('columns of integers', () => {
  test.each(levels)('come back whatever they are, at level %s', (level) => {
    fc.assert(
      fc.property(columns, ({ earlier, values }) => {
        const all = [...earlier, values];
        const back = readAll(framesIn(written(all, level)), (reader) =>
          all.map(({ length }) => [...readIntegers(reader, length)]),
        );
        expect(back).toEqual(all);
      }),
      { numRuns: 500 },
    );
  });

  test('come back with plans that were made for other columns', () => {
    const several = fc.array(columns, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(several, fc.constantFrom(...levels), (batches, level) => {
        const plans: Plan[] = [];
        for (const { earlier, values } of batches) {
          const all = [...earlier, values];
          const frames = framesIn(written(all, level, plans));
          const back = readAll(frames, (reader) =>
            all.map(({ length }) => [...readIntegers(reader, length)]),
          );
          expect(back).toEqual(all);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('come back with each codec that takes them, not the best alone', () => {
    const length = 30;
    fc.assert(
      fc.property(
        integersOfLength(length),
        fc.constantFrom(...integerCodecs),
        fc.array(fc.nat(3), { maxLength: 3 }),
        (values, codec, parameters) => {
          const plan = new Plan('balanced');
          plan.choose(codec.id, parameters.length === 0 ? [1, 1, 1] : parameters);
          const frames = framesIn(
            written([values, values, values], 'balanced', [
              new Plan('balanced'),
              new Plan('balanced'),
              plan,
            ]),
          );
          const back = readAll(frames, (reader) =>
            [0, 1, 2].map(() => [...readIntegers(reader, length)]),
          );
          expect(back).toEqual([values, values, values]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('of no values take no bytes', () => {
    const frames = framesIn(written([[]], 'balanced'));
    expect(frames).toEqual([Uint8Array.of(0)]);
    expect([...readAll(frames, (reader) => readIntegers(reader, 0))]).toEqual([]);
  });

  test('have ids that are their places', () => {
    expect(integerCodecs.map(({ id }) => id)).toEqual(integerCodecs.map((_, at) => at));
  });

  test('with a codec that there is not are refused', () => {
    const frames = framesOf((out) => out.head.u8(99));
    expect(() => readAll(frames, (reader) => readIntegers(reader, 1))).toThrow('no such codec');
  });

  test('of more values than a block may have are refused, before there is room for them', () => {
    const frames = framesIn(written([new Array(1_000).fill(7)], 'balanced'));
    expect([...new BlockReaderOf(frames, 1_000).read(1_000)]).toHaveLength(1_000);
    expect(() => new BlockReaderOf(frames, 999).read(1_000)).toThrow('too many values');
    expect(() => new BlockReaderOf(frames, 2 ** 40).read(2 ** 40)).toThrow();
  });
});

class BlockReaderOf {
  private readonly reader: BlockReader;
  constructor(frames: readonly Uint8Array[], max: number) {
    this.reader = new BlockReader(frames, max);
  }
  read(count: number): Float64Array {
    return readIntegers(this.reader, count);
  }
}

/** As random as it need be, and the same in every run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('the codec that is chosen', () => {
  const count = 3_000;
  const random = chance(1);
  const make = (valueAt: (at: number) => number) =>
    Array.from({ length: count }, (_, at) => valueAt(at));
  const noise = make(() => random(1_000_000));
  const walk = (step: () => number) => {
    let value = 0;
    return make(() => {
      value += step();
      return value;
    });
  };
  const device = make(() => random(40));
  const perDevice = new Map<number, number>();
  const state = make(() => random(50));
  const far = Array.from({ length: 50 }, () => random(2 ** 30));
  const close = walk(() => random(2_001) - 1_000);

  test.each<[string, string, number[][]]>([
    ['any numbers', 'offset', [noise]],
    ['a walk up and down', 'step', [walk(() => random(201) - 100)]],
    ['times that come at about the same distance', 'climb', [walk(() => 100_000 + random(200))]],
    ['times that come at distances that change slowly', 'bend', [make((at) => at * at * 50)]],
    ['few numbers that lie far apart', 'codes', [make(() => far[random(50)]!)]],
    [
      'both ends of what is safe',
      'halves',
      [make((at) => (at % 2 ? -1 : 1) * Number.MAX_SAFE_INTEGER)],
    ],
    ['an end and its beginning', 'difference', [noise, noise.map((value) => value + random(100))]],
    [
      'what follows from the row before',
      'difference',
      [close, close.map((_, at) => (close[at - 1] ?? 0) + random(10))],
    ],
    [
      'what leads to the row behind',
      'difference',
      [close, close.map((value, at) => (close[at + 1] ?? value) + random(10))],
    ],
    ['a sum', 'total', [noise, device, noise.map((value, at) => value + device[at]!)]],
    ['a product', 'total', [noise, device, noise.map((value, at) => value * device[at]!)]],
    [
      'what stands beside another value',
      'rank',
      [state, state.map((value) => (value * 7 + (random(20) === 0 ? 1 : 0)) % 50)],
    ],
    [
      'readings of devices in turn',
      'turn',
      [
        device,
        device.map((each) => {
          const value = (perDevice.get(each) ?? random(1_000_000)) + random(101) - 50;
          perDevice.set(each, value);
          return value;
        }),
      ],
    ],
    [
      'two units of the same',
      'linear',
      [noise, noise.map((value) => Math.round(value * 1.8) + 32)],
    ],
    [
      'what comes again each day',
      'lag',
      [make((at) => (((at % 24) * 7_919_311) % 1_000_003) + random(10))],
    ],
  ])('of %s is %s', (_, name, all) => {
    const plans: Plan[] = [];
    const frames = framesIn(written(all, 'balanced', plans));
    expect(integerCodecs[plans[all.length - 1]!.codec]!.name).toBe(name);
    expect(readAll(frames, (reader) => all.map(() => [...readIntegers(reader, count)]))).toEqual(
      all,
    );
  });

  test('of a column is none that predicts, at level fast', () => {
    const plans: Plan[] = [];
    written([noise, noise.map((value) => value + 1)], 'fast', plans);
    expect(integerCodecs[plans[1]!.codec]!.name).toBe('offset');
  });

  test('is asked for bits without a column before it', () => {
    expect(integersBits(Float64Array.from(noise), count)).toBeGreaterThan(19 * count);
    expect(integersBits(new Float64Array(50).fill(3), count)).toBeLessThan(100);
    expect(integersBits(new Float64Array(0), 0)).toBe(0);
  });
});
