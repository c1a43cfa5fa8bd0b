/** Numbers of protobuf fields are below this one: 2^29. */
const fieldNumberEnd = 0x2000_0000;

/**
 * What a column of a batch has of its field. The number of the column is that of the field and so many times 2^29. A row has a
 * field in one form at most.
 */
export const ColumnForm = {
  /** The values. Of a list of numbers: those of packed ones. */
  values: 0,
  /**
   * The field's records as they stand in protobuf, tags included: byte strings. What would not come back to the byte from
   * values travels so. With the field number 0: whole messages, without tag and length.
   */
  records: 1,
  /** Lists of numbers with a record for each. */
  unpacked: 2,
  /** All values of a column of the table as a codec of the team's own has written them. */
  coded: 3,
} as const;

export type ColumnForm = (typeof ColumnForm)[keyof typeof ColumnForm];

/** The number of a column. */
export function columnNumber(field: number, form: ColumnForm): number {
  return field + form * fieldNumberEnd;
}

/** The field of a column, 0 for whole messages, and its form, which may be none that there is. */
export function columnPlace(number: number): { readonly field: number; readonly form: number } {
  return { field: number % fieldNumberEnd, form: Math.floor(number / fieldNumberEnd) };
}

/** Messages nested deeper than this travel as bytes: each level has columns of its own. */
export const columnDepthMax = 12;
