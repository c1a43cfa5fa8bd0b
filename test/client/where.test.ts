import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { InspectionSchema, InspectionStatus } from '../../gen/es/test/v1/inspection_pb.ts';
import { columnOf, filterOf, type Where } from '../../src/client/where.ts';
import { createMessageCodec } from '../../src/schema/message-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { fieldSchema } from '../support/test-server.ts';

const table = createSchema(fieldSchema).tableByName.get(InspectionSchema.typeName)!;
const codec = createMessageCodec(table, InspectionSchema);
const column = (name: string) => table.columnByName.get(name)!.index;
const filter = (where: Where<typeof InspectionSchema>) => filterOf(codec, where);

describe('a where', () => {
  it('without tests matches every row', () => {
    expect(filter({})).toEqual({ all: [] });
  });

  it('means equality by a value, whatever its type', () => {
    expect(filter({ stationId: 's1' })).toEqual({
      column: column('station_id'),
      op: 'eq',
      cells: ['s1'],
    });
    expect(filter({ status: InspectionStatus.DONE })).toEqual({
      column: column('status'),
      op: 'eq',
      cells: [2],
    });
    const due = new Date('2026-11-21T10:00:00Z');
    expect(filter({ due: timestampFromDate(due) })).toEqual({
      column: column('due'),
      op: 'eq',
      cells: [BigInt(due.getTime()) * 1_000_000n],
    });
  });

  it.each([
    ['eq', 'eq'],
    ['ne', 'ne'],
    ['lt', 'lt'],
    ['lte', 'le'],
    ['gt', 'gt'],
    ['gte', 'ge'],
  ])('has the test %s', (name, op) => {
    expect(filter({ visits: { [name]: 3 } })).toEqual({ column: column('visits'), op, cells: [3] });
  });

  it('has tests of several values, of beginnings and of absence', () => {
    expect(filter({ visits: { oneOf: [1, 2] } })).toEqual({
      column: column('visits'),
      op: 'in',
      cells: [1, 2],
    });
    expect(filter({ notes: { startsWith: 'a' } })).toEqual({
      column: column('notes'),
      op: 'starts-with',
      cells: ['a'],
    });
    expect(filter({ temperature: { absent: true } })).toEqual({
      column: column('temperature'),
      op: 'absent',
      cells: [],
    });
  });

  it('wants all of its fields and tests, and combines', () => {
    const visits = { column: column('visits'), op: 'gt', cells: [1] };
    const notes = { column: column('notes'), op: 'eq', cells: ['a'] };
    expect(filter({ visits: { gt: 1 }, notes: 'a' })).toEqual({ all: [visits, notes] });
    expect(filter({ or: [{ visits: { gt: 1 } }, { notes: 'a' }] })).toEqual({
      any: [visits, notes],
    });
    expect(filter({ and: [{ visits: { gt: 1 } }, { notes: 'a' }] })).toEqual({
      all: [visits, notes],
    });
    expect(filter({ not: { notes: 'a' } })).toEqual({ not: notes });
  });

  it('refuses fields that there are not, and values of another type', () => {
    expect(() => filter({ nothing: 1 } as never)).toThrow(
      expect.objectContaining({ reason: 'UNKNOWN_FIELD' }),
    );
    expect(() => filter({ visits: 'many' } as never)).toThrow(expect.objectContaining({ code: 3 }));
    expect(columnOf(codec, 'stationId').name).toBe('station_id');
  });
});
