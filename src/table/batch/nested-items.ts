import type { ColumnValues } from '../../codec/batch.ts';
import type { NestedMessage } from '../../schema/table-def.ts';
import { durationName, timestampName } from '../../schema/time.ts';
import { columnDepthMax } from './column-form.ts';
import type { NestedItems } from './field-items.ts';
import { MessageItems } from './message-items.ts';
import { StructItems } from './struct-items.ts';
import { isStruct } from './struct-shape.ts';
import { TimeItems } from './time-items.ts';

/**
 * Gathers messages of one type: times as numbers, Structs by their keys, all others by their fields; as bytes those that are
 * nested too deep.
 */
export function createNestedItems(message: NestedMessage, depth: number): NestedItems {
  if (depth > columnDepthMax) return new WholeItems();
  const { name } = message;
  if (name === timestampName || name === durationName) {
    const byField = new MessageItems(message, depth, createNestedItems);
    return new TimeItems(name === durationName, byField);
  }
  return isStruct(message)
    ? new StructItems(message, depth, createNestedItems)
    : new MessageItems(message, depth, createNestedItems);
}

class WholeItems implements NestedItems {
  private readonly values: Uint8Array[] = [];

  add(source: Uint8Array, start: number, end: number): void {
    this.values.push(source.subarray(start, end));
  }

  finish(): ColumnValues {
    return { kind: 'bytes', values: this.values };
  }
}
