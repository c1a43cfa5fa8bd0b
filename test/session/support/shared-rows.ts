import type { RowDelta } from '../../../src/change/row-delta.ts';
import type { ServerMessage } from '../../../src/session/messages.ts';
import type { SharedBlock } from '../../../src/session/shared-blocks.ts';

const rowsOf = new WeakMap<SharedBlock, readonly RowDelta[]>();

/** The message as a client gets it: with the rows of a block that others were sent, which its encoder keeps. */
export function withSharedRows(message: ServerMessage): ServerMessage {
  if (message.type !== 'delta' || message.block === undefined) return message;
  const { block, ...delta } = message;
  const known = rowsOf.get(block);
  if (known !== undefined) return { ...delta, deltas: known };
  rowsOf.set(block, delta.deltas);
  return delta;
}
