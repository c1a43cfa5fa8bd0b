import { describe, expect, test } from 'vitest';
import { decodeCell, RecordCollector } from '../../src/schema/cell-decoder.ts';
import { columnCodecs, Form } from '../../src/schema/column-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { WireCursor } from '../../src/schema/wire-cursor.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { shapesColumn, testTable } from '../support/schema-tables.ts';

function decode(form: Form, bytes: number[], before: Cell = null): Cell {
  return decodeCell(new WireCursor(Uint8Array.from(bytes)), form, before);
}

describe('decodeCell', () => {
  test('replaces scalars', () => {
    expect(decode(Form.int32, [5], 4)).toBe(5);
    expect(decode(Form.text, [1, 0x61], 'before')).toBe('a');
  });

  test('merges times', () => {
    expect(decode(Form.timestamp, [0])).toBe(0n);
    expect(decode(Form.timestamp, [2, 0x08, 2], 1_000_000_005n)).toBe(2_000_000_005n);
    expect(decode(Form.duration, [2, 0x10, 7], 1_000_000_005n)).toBe(1_000_000_007n);
  });

  test('refuses a time that the merge makes invalid', () => {
    const refusal = refusalOf(() => decode(Form.duration, [2, 0x10, 7], -1_000_000_000n));
    expect(refusal.reason).toBe('VALUE_OUT_OF_RANGE');
  });

  test('is not for records', () => {
    expect(refusalOf(() => decode(Form.records, [0])).reason).toBe('WRONG_WIRE_TYPE');
  });
});

describe('RecordCollector', () => {
  const { codecs } = columnCodecs(testTable('Shapes').columns);
  const list = codecs[shapesColumn('int32_list').index]!;
  const record = [0xb0, 0x04, 1];
  const other = [0x18, 1];

  function collect(source: Uint8Array, ...starts: number[]): RecordCollector {
    const records = new RecordCollector(cells, source);
    for (const start of starts) {
      const cursor = new WireCursor(source, start);
      records.read(cursor, list, start, cursor.tag() & 7, 1);
    }
    return records;
  }

  const cells: Cell[] = [];
  const source = Uint8Array.from([...record, ...record, ...other, ...record, ...other, ...record]);

  test('copies records that stand together and joins those that do not', () => {
    cells[list.index] = null;
    const records = collect(source, 0, 8, 13);
    expect(cells[list.index]).toEqual(Uint8Array.from([...record, ...record]));
    records.join();
    expect(cells[list.index]).toEqual(
      Uint8Array.from([...record, ...record, ...record, ...record]),
    );
  });

  test('forgets what another member of a oneof replaces', () => {
    cells[list.index] = null;
    const records = collect(source, 0, 8);
    records.forget(list.index);
    records.join();
    expect(cells[list.index]).toBeNull();
  });
});
