import type { ByteWriter } from '../../base/bytes.ts';
import type { BatchColumn, ColumnValues } from '../../codec/batch.ts';
import type { NestedMessage } from '../../schema/table-def.ts';
import { ColumnForm, columnNumber, columnPlace } from './column-form.ts';
import { createFieldWriter, type MakeWriter, type PlaceWriter } from './field-writer.ts';
import { type Places, placeOf, placesOf } from './places.ts';
import type { Rebuilding } from './rebuilding.ts';

/** Messages by their fields. */
export type Group = ColumnValues & { readonly kind: 'group' };

/** What writes the fields of messages, ascending, without the length of the message. DATA_LOSS where they are not of its type. */
export function createMessageWriter(
  message: NestedMessage,
  { count, columns }: Group,
  depth: number,
  rebuilding: Rebuilding,
  make: MakeWriter,
): PlaceWriter {
  checkForms(columns, count, rebuilding);
  const parts = columns.map(({ number, present, values }) => {
    const { field } = columnPlace(number);
    const nested = message.fields.get(field);
    const writer = createFieldWriter(number, nested, values, depth, rebuilding, make);
    return { field, places: placesOf(present), writer };
  });
  return new MessageWriter(
    parts.sort((left, right) => left.field - right.field),
    rebuilding,
  );
}

/** A message has a field in one form at most, and none where it stands there as a whole. */
function checkForms(columns: readonly BatchColumn[], count: number, rebuilding: Rebuilding): void {
  const fields = new Map<number, BatchColumn[]>();
  for (const column of columns) {
    const { field } = columnPlace(column.number);
    fields.set(field, [...(fields.get(field) ?? []), column]);
  }
  const whole = columns.find(({ number }) => number === columnNumber(0, ColumnForm.records));
  for (const forms of fields.values()) {
    rebuilding.checkApart(forms, count);
    if (whole === undefined || forms[0] === whole) continue;
    for (const form of forms) rebuilding.checkApart([whole, form], count);
  }
}

class MessageWriter implements PlaceWriter {
  private readonly parts: readonly { readonly places: Places; readonly writer: PlaceWriter }[];
  private readonly rebuilding: Rebuilding;

  constructor(parts: MessageWriter['parts'], rebuilding: Rebuilding) {
    this.parts = parts;
    this.rebuilding = rebuilding;
  }

  write(row: number, out: ByteWriter): void {
    for (const { places, writer } of this.parts) {
      const place = placeOf(places, row);
      if (place < 0) continue;
      writer.write(place, out);
      this.rebuilding.check(out);
    }
  }
}
