/** What a home makes of blocks that are damaged, out of order, of another log, or of another schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteWriter, toHex } from '../../src/base/bytes.ts';
import { murmur32 } from '../../src/base/digest.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { Home } from '../../src/replica/home.ts';
import { BlockKind, BlockReader, BlockWriter } from '../../src/replica/snapshot-block.ts';
import { readHeader, writeHeader } from '../../src/replica/snapshot-header.ts';
import type { Schema } from '../../src/schema/table-def.ts';
import { describeRow, describeWhole, ModelHome } from '../support/model-home.ts';
import { itemTable, meterTable, modelSchema, patch, put, remove } from '../support/model-schema.ts';

const logId = new Uint8Array(16).fill(3);

/** Rows that were put, changed, moved between scopes, deleted and brought back, and a refusal. */
function written(): ModelHome {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i1', { site: 'a', tags: ['x', 'y'], due: 'one' })]);
  model.write('bob', [put(itemTable, 'i2', { site: 'b' }), put(meterTable, '7', { value: -0 })]);
  model.write('ann', [patch(itemTable, 'i1', { site: 'b', notes: 'moved' })]);
  model.write('bob', [remove(itemTable, 'i2')]);
  model.write('bob', [put(itemTable, 'i2', { site: 'c' }), put(itemTable, 'i3', {})]);
  model.write('ann', [patch(itemTable, 'none', { site: 'a' })]);
  return model;
}

function gathered(home: Home, rowsMax?: number): Uint8Array[] {
  return [...home.gather(logId, rowsMax)].filter((block) => block !== undefined);
}

function freshHome(schema: Schema = modelSchema): Home {
  return new Home({ schema, limits: defaultLimits, validate: () => undefined });
}

function loaded(blocks: readonly Uint8Array[], home = freshHome(), id = logId): Home {
  const load = home.load(id);
  for (const block of blocks) load.add(block);
  home.loaded(load);
  return home;
}

const model = written();
const blocks = gathered(model.home);

describe('a home that loads a snapshot', () => {
  test('[I9] is as it was', () => {
    const home = loaded(blocks);
    expect(describeWhole(home.state)).toEqual(describeWhole(model.state));
    expect([home.isWhole, home.wholeAtSeq]).toEqual([true, model.state.head]);
    expect(home.chainHash).toEqual(model.home.chainHash);
  });

  test('[I9] in smaller blocks, is the same', () => {
    const small = gathered(model.home, 1);
    expect(small.length).toBeGreaterThan(blocks.length);
    expect(describeWhole(loaded(small).state)).toEqual(describeWhole(model.state));
  });

  test('writes a snapshot as good as that one', () => {
    const again = loaded(gathered(loaded(blocks)));
    expect(describeWhole(again.state)).toEqual(describeWhole(model.state));
    expect(again.chainHash).toEqual(model.home.chainHash);
  });

  test('must have nothing in it', () => {
    expect(() => model.replayed().load(logId)).toThrow('before all else');
  });

  test('[I9] refuses one of another log', () => {
    const other = new Uint8Array(16).fill(4);
    expect(() => loaded(blocks, freshHome(), other)).toThrow('it belongs to another log');
  });

  test('[I9] refuses one that lacks a block, or has one twice, or no end', () => {
    for (let at = 0; at < blocks.length; at++) {
      expect(() => loaded(blocks.toSpliced(at, 1))).toThrow(/snapshot/);
      expect(() => loaded(blocks.toSpliced(at, 0, blocks[at]!))).toThrow(/snapshot/);
      expect(() => loaded(blocks.slice(0, at))).toThrow('it has no end');
    }
  });

  test('is not whole, and publishes nothing, before the log is replayed up to where it ended', () => {
    const writing = written();
    const gathering = writing.home.gather(logId);
    const early = [gathering.next().value!];
    writing.write('ann', [patch(itemTable, 'i1', { notes: 'later' })]);
    for (const block of gathering) if (block !== undefined) early.push(block);
    const home = loaded(early);
    expect([home.isWhole, home.wholeAtSeq - home.state.head]).toEqual([false, 1]);
    expect(() => home.publish(0)).toThrow('before all is there');
    expect(() => home.gather(logId)).toThrow('not whole');
    home.replay(writing.records.at(-1)!);
    expect(home.isWhole).toBe(true);
    expect(describeWhole(home.state)).toEqual(describeWhole(writing.state));
  });
});

test('[I9] a snapshot that version 1 of the format wrote is read for ever', () => {
  const path = join(import.meta.dirname, '../fixtures/snapshot-v1.txt');
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const home = loaded(lines.map((line) => new Uint8Array(Buffer.from(line, 'base64'))));
  expect(toHex(home.chainHash)).toBe('487ded0b9af8b6cc31793079d20262fc');
  expect(home.state.head).toBe(6);
  expect(describeRow(home.state, itemTable, 'i1')).toMatchObject({
    cells: { site: 'b', notes: 'moved', due: 'one' },
    version: 3,
    scopes: ['site/b', 'tag/x', 'tag/y'],
    entries: [
      { seq: 3, writer: 'ann' },
      { seq: 1, writer: 'ann' },
    ],
  });
  expect(describeRow(home.state, itemTable, 'i2')).toMatchObject({
    cells: { site: 'c' },
    version: 5,
    entries: [
      { seq: 5, writer: 'bob' },
      { seq: 2, writer: 'bob' },
    ],
  });
  expect(describeRow(home.state, meterTable, '7')?.cells).toMatchObject({ value: -0 });
  expect(home.settled('bob').counter).toBe(3);
});

/** The block with other bytes and the checksum that they ought to have. */
function forged(block: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = block.slice();
  const end = bytes.length - 4;
  for (const [at, byte] of changes) bytes[at % end] = byte;
  new DataView(bytes.buffer).setUint32(end, murmur32(bytes, 0, end, 0x534e4150), true);
  return bytes;
}

describe('[I9] damaged blocks', () => {
  test('are refused, whichever bit is wrong', () => {
    for (const [at, block] of blocks.entries()) {
      for (let bit = 0; bit < 8 * block.length; bit += 7) {
        const changed = block.slice();
        changed[bit >>> 3]! ^= 1 << (bit & 7);
        expect(() => loaded(blocks.with(at, changed))).toThrow(/snapshot block/);
      }
    }
  });

  test('do no harm even where their checksum is right: they are refused, or are a home of some rows', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.nat(blocks.length - 1), changes, (at, list) => {
        try {
          loaded(blocks.with(at, forged(blocks[at]!, list)));
        } catch (error) {
          expect(['MALFORMED_BYTES', 'SCHEMA_CHANGED', 'SCHEMA_OLDER']).toContain(
            (error as { reason?: string }).reason,
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });

  const bodies: [string, number, (out: ByteWriter) => void, string][] = [
    ['a kind that there is not', 9, () => {}, 'unknown kind'],
    ['a second header', BlockKind.header, () => {}, 'does not come here'],
    ['rows of an unknown table', BlockKind.rows, (out) => out.varint(99), 'end too early'],
    ['too many moves', BlockKind.moves, (out) => out.varint(1_025), 'too many moves'],
    [
      'more than belongs there',
      BlockKind.digests,
      (out) => out.bytes(Uint8Array.of(0, 0)),
      'left over',
    ],
    [
      'rows that are not the next',
      BlockKind.rows,
      (out) => {
        out.varint(0);
        out.varint(5);
        out.varint(1);
      },
      'rows that do not come here',
    ],
    [
      'a move of an unknown row',
      BlockKind.moves,
      (out) => {
        out.bytes(Uint8Array.of(1, 1, 1, 97, 0, 0, 0, 0, 0, 70, 0, 1, 0, 0));
      },
      'a move of an unknown row',
    ],
    [
      'counts that are not theirs',
      BlockKind.trailer,
      (out) => {
        out.bytes(Uint8Array.of(9, 1, 5, 0));
      },
      'blocks are missing',
    ],
  ];
  test.each(bodies)('with %s are refused', (_, kind, write, problem) => {
    const writer = new BlockWriter(model.state.head);
    writer.block(BlockKind.header, () => {});
    const load = freshHome().load(logId);
    load.add(blocks[0]!);
    expect(() => load.add(writer.block(kind as BlockKind, write))).toThrow(problem);
  });

  const { body } = new BlockReader().next(blocks[0]!);
  const header = readHeader(body);
  test.each([
    ['that begins elsewhere', { ...header, seq: 1 }, 'it began elsewhere'],
    [
      'with a table that there is not',
      { ...header, tables: [{ name: 't.None', slotEnd: 0, fields: [] }] },
      'the schema has no table t.None',
    ],
    [
      'with a field that there is not',
      { ...header, tables: [{ name: itemTable.name, slotEnd: 0, fields: [77] }] },
      'has no field 77',
    ],
    [
      'with a field twice',
      { ...header, tables: [{ name: itemTable.name, slotEnd: 0, fields: [1, 1] }] },
      'has a field twice',
    ],
  ])('a header %s is refused', (_, other, problem) => {
    const writer = new BlockWriter(model.state.head);
    const block = writer.block(BlockKind.header, (out) => writeHeader(other, out));
    expect(() => freshHome().load(logId).add(block)).toThrow(problem);
  });
});
