import type { ByteWriter } from '../../base/bytes.ts';
import type { ColumnValues } from '../../codec/batch.ts';
import { encodeValue } from '../../schema/cell-encoder.ts';
import { formOf } from '../../schema/column-codec.ts';
import type { NestedMessage } from '../../schema/table-def.ts';
import { durationName, timestampName } from '../../schema/time.ts';
import { cellsOfValues } from './cell-values.ts';
import type { PlaceWriter } from './field-writer.ts';
import { createMessageWriter } from './message-writer.ts';
import type { Rebuilding } from './rebuilding.ts';
import { isStruct } from './struct-shape.ts';
import { createStructWriter } from './struct-writer.ts';

/** What writes messages as `createNestedItems` has gathered them, each with its length. DATA_LOSS for any others. */
export function createNestedWriter(
  message: NestedMessage,
  values: ColumnValues,
  depth: number,
  rebuilding: Rebuilding,
): PlaceWriter {
  if (depth > rebuilding.limits.nestingDepthMax) {
    throw rebuilding.fail('messages are nested too deep');
  }
  switch (values.kind) {
    case 'bytes':
      rebuilding.hasForeign = true;
      return { write: (place, out) => out.lengthBytes(values.values[place]!) };
    case 'longs':
      return timeWriter(message, values, rebuilding);
    case 'group': {
      const create = isStruct(message) ? createStructWriter : createMessageWriter;
      return new LengthWriter(create(message, values, depth, rebuilding, createNestedWriter));
    }
    default:
      throw rebuilding.fail(`${values.kind} are no values of ${message.name}`);
  }
}

function timeWriter(
  { name }: NestedMessage,
  values: ColumnValues,
  rebuilding: Rebuilding,
): PlaceWriter {
  if (name !== timestampName && name !== durationName) {
    throw rebuilding.fail(`longs are no values of ${name}`);
  }
  const form = formOf({ kind: 'time', wire: 'time', typeName: name });
  const cellAt = cellsOfValues({ kind: 'time', typeName: name }, values, rebuilding);
  return { write: (place, out) => encodeValue(form, cellAt(place), out) };
}

class LengthWriter implements PlaceWriter {
  private readonly content: PlaceWriter;

  constructor(content: PlaceWriter) {
    this.content = content;
  }

  write(place: number, out: ByteWriter): void {
    const mark = out.beginLength();
    this.content.write(place, out);
    out.endLength(mark);
  }
}
