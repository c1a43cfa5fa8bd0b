import { type Mask, maskHas } from '../../base/mask.ts';

/** Of each row of a batch the columns that it sets or clears, where it is a patch; undefined for whole rows. */
export type RowMasks = readonly (Mask | undefined)[];

/** Whether a row says something of a column. Without masks all rows are whole. */
export function isNamed(masks: RowMasks | undefined, row: number, column: number): boolean {
  const mask = masks?.[row];
  return mask === undefined || maskHas(mask, column);
}
