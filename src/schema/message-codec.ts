import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import { ByteWriter } from '../base/bytes.ts';
import { assert, invalidField, type SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { addToMask, emptyMask, type Mask, maskIndexes } from '../base/mask.ts';
import { canonicalCell } from './cell.ts';
import { compileRowCodec, type RowCodec } from './row-codec.ts';
import type { Cell, ColumnDef, TableDef } from './table-def.ts';
import { durationName, nanosecondsOf } from './time.ts';

/**
 * Some fields of a message, by their TypeScript names: a value sets the field, null clears it, undefined leaves it
 * alone. A oneof is set or cleared as a whole.
 */
export type PatchInit<Desc extends DescMessage> = {
  readonly [Name in keyof MessageInitShape<Desc>]?: MessageInitShape<Desc>[Name] | null | undefined;
};

/** Translates rows of one table between cells and the messages of protobuf-es. */
export interface MessageCodec<Desc extends DescMessage = DescMessage> {
  readonly def: TableDef;
  readonly desc: Desc;

  /**
   * The canonical cells of a message, or of what `create` makes one of. Raises INVALID_ARGUMENT that names the
   * field: WRONG_TYPE, VALUE_OUT_OF_RANGE, UNKNOWN_FIELD for fields that the table does not have, and the reasons
   * of `RowCodec.decode` for nested values. Within nested values protobuf-es itself writes, and trusts the compiler
   * more: a lone surrogate there becomes U+FFFD.
   */
  cellsOfMessage(message: MessageInitShape<Desc>): Cell[];

  /**
   * The cells of a patch and the columns that it sets or clears; all other cells are at their default. Raises what
   * `cellsOfMessage` raises.
   */
  cellsOfPatch(patch: PatchInit<Desc>): { cells: Cell[]; mask: Mask };

  /** A new message. Columns that the message's own type does not have are kept as its unknown fields. */
  messageOfCells(cells: readonly Cell[]): MessageShape<Desc>;
}

/** The message type may be older or newer than the table: fields are matched by number. */
export function createMessageCodec<Desc extends DescMessage>(
  def: TableDef,
  desc: Desc,
  limits: Limits = defaultLimits,
): MessageCodec<Desc> {
  assert(def.name === desc.typeName, `${desc.typeName} is not the message of table ${def.name}`);
  return new ReflectingMessageCodec(def, desc, limits);
}

/** A field of the message and its column, if the table has it. */
interface FieldColumn {
  readonly field: DescField;
  readonly column: ColumnDef | undefined;
}

class ReflectingMessageCodec<Desc extends DescMessage> implements MessageCodec<Desc> {
  readonly def: TableDef;
  readonly desc: Desc;
  private readonly limits: Limits;
  private readonly rows: RowCodec;
  private readonly fields: readonly FieldColumn[];
  private readonly writer = new ByteWriter();

  constructor(def: TableDef, desc: Desc, limits: Limits) {
    this.def = def;
    this.desc = desc;
    this.limits = limits;
    this.rows = compileRowCodec(def);
    this.fields = desc.fields.map((field) => ({
      field,
      column: def.columnByNumber.get(field.number),
    }));
  }

  cellsOfMessage(message: MessageInitShape<Desc>): Cell[] {
    const values = reflect(this.desc, create(this.desc, message), false);
    const cells = this.rows.defaultCells();
    for (const { field, column } of this.fields) {
      if (!values.isSet(field)) continue;
      if (column === undefined) throw unknownField(field.name, this.def);
      cells[column.index] = this.cellOfField(column, field, values);
    }
    this.takeUnknown(values, cells);
    return cells;
  }

  cellsOfPatch(patch: PatchInit<Desc>): { cells: Cell[]; mask: Mask } {
    const mask = emptyMask(this.def.columns.length);
    const set: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(patch)) {
      if (value === undefined || name.startsWith('$')) continue;
      for (const column of this.columnsOfMember(name)) addToMask(mask, column.index);
      if (value !== null) set[name] = value;
    }
    return { cells: this.cellsOfMessage(set as MessageInitShape<Desc>), mask };
  }

  messageOfCells(cells: readonly Cell[]): MessageShape<Desc> {
    this.writer.reset();
    this.rows.encode(cells, undefined, this.writer);
    // The message keeps views of the bytes it is read from, so they must be its own.
    return fromBinary(this.desc, this.writer.finish());
  }

  private cellOfField(column: ColumnDef, field: DescField, values: ReflectMessage): Cell {
    const value = values.get(field);
    switch (column.kind) {
      case 'time':
        return timeCell(column, (value as ReflectMessage).message as Timestamp | Duration);
      case 'wire':
        return canonicalCell(column, this.recordsOf(column, field, value), this.limits);
      case 'bytes':
        // The program may write to its own bytes later.
        return canonicalCell(column, value instanceof Uint8Array ? value.slice() : (value as Cell));
      default:
        return canonicalCell(column, value as Cell);
    }
  }

  /** The records of one field: what a message with nothing else is encoded to. */
  private recordsOf(column: ColumnDef, field: DescField, value: unknown): Uint8Array {
    try {
      const holder = reflect(this.desc);
      holder.set(field, value);
      return toBinary(this.desc, holder.message as MessageShape<Desc>);
    } catch (cause) {
      throw invalidField(column.name, 'WRONG_TYPE', problemOf(cause));
    }
  }

  /** Fields that the message's type does not know, but the table does. */
  private takeUnknown(values: ReflectMessage, cells: Cell[]): void {
    const unknown = (values.message as Message).$unknown;
    if (unknown === undefined || unknown.length === 0) return;
    const { writer } = this;
    writer.reset();
    for (const { no, wireType, data } of unknown) {
      writer.varint(no * 8 + wireType);
      writer.bytes(data);
    }
    const decoded = this.rows.decode(writer.peek(), 0, writer.length, this.limits);
    for (const index of maskIndexes(decoded.present)) cells[index] = decoded.cells[index]!;
  }

  /** The columns of a field or oneof by its TypeScript name. */
  private columnsOfMember(name: string): ColumnDef[] {
    const member = this.desc.members.find((candidate) => candidate.localName === name);
    if (member === undefined) throw unknownField(name, this.def);
    const fields = member.kind === 'oneof' ? member.fields : [member];
    return fields.map((field) => {
      const column = this.def.columnByNumber.get(field.number);
      if (column === undefined) throw unknownField(field.name, this.def);
      return column;
    });
  }
}

function timeCell(column: ColumnDef, time: Timestamp | Duration): bigint {
  const seconds = Number(time.seconds);
  const fits = Number.isInteger(seconds) && Number.isInteger(time.nanos);
  const duration = column.typeName === durationName;
  const cell = fits ? nanosecondsOf(duration, seconds, time.nanos) : undefined;
  if (cell !== undefined) return cell;
  const description = `is outside the range of ${column.typeName}`;
  throw invalidField(column.name, 'VALUE_OUT_OF_RANGE', description);
}

function unknownField(name: string, def: TableDef): SyncError {
  return invalidField(name, 'UNKNOWN_FIELD', `the table ${def.name} has no such field`);
}

function problemOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
