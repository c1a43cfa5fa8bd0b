import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import { type Mask, maskHas } from '../base/mask.ts';
import { canonicalCell } from '../schema/cell.ts';
import type { MessageCodec, PatchInit } from '../schema/message-codec.ts';
import type { Cell, ColumnDef, TableDef } from '../schema/table-def.ts';

/**
 * Keeps one field otherwise than the app sees it: encrypted, say, so that nobody between two devices can read it. Both functions
 * are pure, and `decode` undoes `encode`. Where one throws, the read or write fails with FIELD_CODEC_FAILED, and that is its cause.
 * How columns travel is another thing; see `TeamCodec`.
 */
export interface FieldCodec<Value extends string | Uint8Array = string | Uint8Array> {
  readonly table: DescMessage;
  /** A field of strings or bytes by its name in the proto; not the key, nor one that a scope is made of. */
  readonly field: string;
  /** What is stored and sent; never asked for a field that is absent or empty. */
  encode(value: Value): Value;
  decode(stored: Value): Value;
}

type Codecs = ReadonlyMap<number, FieldCodec>;

/**
 * The codec of a table whose fields are kept otherwise than the app sees them. INVALID_ARGUMENT BAD_FIELD_CODEC names one that
 * cannot be.
 */
export function withFieldCodecs<Desc extends DescMessage>(
  codec: MessageCodec<Desc>,
  all: readonly FieldCodec[],
): MessageCodec<Desc> {
  const own = all.filter(({ table }) => table.typeName === codec.def.name);
  if (own.length === 0) return codec;
  return new CodedMessages(codec, new Map(own.map((each) => [columnFor(codec.def, each), each])));
}

/** INVALID_ARGUMENT FIELD_CODED where a filter or an order looks at such a field: what is stored tells nothing of its value. */
export function checkNotCoded(codec: MessageCodec, { index, name }: ColumnDef): void {
  if (!(codec instanceof CodedMessages) || !codec.has(index)) return;
  throw invalidField(name, 'FIELD_CODED', 'is stored by a codec, so it cannot be compared');
}

class CodedMessages<Desc extends DescMessage> implements MessageCodec<Desc> {
  private readonly inner: MessageCodec<Desc>;
  private readonly codecs: Codecs;

  constructor(inner: MessageCodec<Desc>, codecs: Codecs) {
    this.inner = inner;
    this.codecs = codecs;
  }

  get def(): TableDef {
    return this.inner.def;
  }

  get desc(): Desc {
    return this.inner.desc;
  }

  has(column: number): boolean {
    return this.codecs.has(column);
  }

  cellsOfMessage(message: MessageInitShape<Desc>): Cell[] {
    return this.mapped(this.inner.cellsOfMessage(message), 'encode');
  }

  cellsOfPatch(patch: PatchInit<Desc>): { cells: Cell[]; mask: Mask } {
    const { cells, mask } = this.inner.cellsOfPatch(patch);
    return { cells: this.mapped(cells, 'encode', (column) => maskHas(mask, column)), mask };
  }

  messageOfCells(cells: readonly Cell[]): MessageShape<Desc> {
    return this.inner.messageOfCells(this.mapped(cells, 'decode'));
  }

  private mapped(
    cells: readonly Cell[],
    direction: 'encode' | 'decode',
    isSet: (column: number) => boolean = () => true,
  ): Cell[] {
    const mapped = [...cells];
    for (const [column, codec] of this.codecs) {
      const cell = mapped[column] as string | Uint8Array | null;
      // Empty is how a field without presence says that it is absent.
      if (cell === null || cell.length === 0 || !isSet(column)) continue;
      mapped[column] = canonicalCell(
        this.def.columns[column]!,
        coded(this.def, codec, direction, cell),
      );
    }
    return mapped;
  }
}

/** FAILED_PRECONDITION FIELD_CODEC_FAILED where the app's own code throws: of what it says nothing is repeated, which may be secret. */
function coded(
  def: TableDef,
  codec: FieldCodec,
  direction: 'encode' | 'decode',
  value: string | Uint8Array,
): string | Uint8Array {
  try {
    return codec[direction](value);
  } catch (cause) {
    const { field } = codec;
    const description = `its codec cannot ${direction} it`;
    throw new SyncError(
      Code.failedPrecondition,
      'FIELD_CODEC_FAILED',
      `${def.name}.${field}: ${description}`,
      { fields: [{ field, description }], metadata: { table: def.name, field }, cause },
    );
  }
}

function columnFor(def: TableDef, { field }: FieldCodec): number {
  const column = def.columnByName.get(field);
  const name = `${def.name}.${field}`;
  if (column === undefined) throw invalidField(name, 'BAD_FIELD_CODEC', 'is no field of the table');
  const { index, kind, references } = column;
  const isOfScope = def.scopes.some(({ parts }) =>
    parts.some((part) => 'column' in part && part.column === index),
  );
  const problem =
    kind !== 'string' && kind !== 'bytes'
      ? `is ${column.typeName}: only strings and bytes have a codec`
      : index === def.key || isOfScope || references !== undefined
        ? 'is the key, names another row, or a scope is made of it: the server must read it'
        : undefined;
  if (problem !== undefined) throw invalidField(name, 'BAD_FIELD_CODEC', problem);
  return index;
}
