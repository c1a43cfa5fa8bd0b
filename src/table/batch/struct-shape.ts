import type { NestedMessage } from '../../schema/table-def.ts';

/**
 * Columns of a `google.protobuf.Struct` beside its one field, the list of keys and values. A Struct has either that field or a
 * shape: the list of its keys in their order. Structs of few shapes then have a column for each key, whose values are alike.
 */
export const StructColumn = {
  /** Integers: the number of the Struct's shape. Shapes are numbered from 0 in the order of the first Struct that has each. */
  shape: 2,
  /** Lists of texts: the keys of the shape, where a Struct is the first of it. */
  keys: 3,
  /**
   * Groups, `google.protobuf.Value` by its fields: what the first key has in each Struct; behind it the columns of the others.
   * Keys are numbered from 0 in the order in which the shapes have them, each where it comes first.
   */
  firstKey: 4,
} as const;

/** True for the message as Google defines it, which is a map from strings to values. */
export function isStruct({ name, fields }: NestedMessage): boolean {
  return name === 'google.protobuf.Struct' && valueOfStruct(fields) !== undefined;
}

/** The message of a Struct's values. */
export function structValue({ fields }: NestedMessage): NestedMessage {
  return valueOfStruct(fields)!;
}

function valueOfStruct(fields: NestedMessage['fields']): NestedMessage | undefined {
  const entries = fields.get(1);
  if (fields.size !== 1 || entries?.map !== true || entries.element.type !== 'message') {
    return undefined;
  }
  const key = entries.element.fields.get(1)?.element;
  const value = entries.element.fields.get(2)?.element;
  const isText = key?.type === 'scalar' && key.kind === 'string';
  return isText && value?.type === 'message' ? value : undefined;
}
