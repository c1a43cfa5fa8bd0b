import type { CommittedState } from '../change/committed-state.ts';
import { writeDeltas } from '../change/delta-block.ts';
import type { DeltaPlans, LevelPlans } from '../change/delta-plans.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { BlockWriter } from '../codec/block-writer.ts';
import type { RowsForm } from '../session/chosen-form.ts';
import { sealBlock } from './column-blocks.ts';
import type { Compressor } from './compressor.ts';
import { noRows, packedRows, plainRows, type WireRows } from './delta-rows.ts';

/** Fewer rows take fewer bytes as a packed batch: a block has to say of each column what it is. */
export const columnRowsMin = 24;

/** Puts the rows of one receiver's Deltas into the encoding that was agreed on. */
export class DeltaEncoder {
  private readonly form: RowsForm;
  private readonly compressor: Compressor | undefined;
  private readonly plans: DeltaPlans;
  private readonly rowsMin: number;

  /** `rowsMin` is for tests. */
  constructor(
    form: RowsForm,
    compressors: readonly Compressor[],
    plans: LevelPlans,
    rowsMin = columnRowsMin,
  ) {
    this.rowsMin = rowsMin;
    this.form = form;
    this.compressor = compressors.find(({ name }) => name === form.compression);
    this.plans = plans.of(form.level);
  }

  /**
   * The rows, as they were gathered from `state`, which must be as it was then: all of it that is read is read before this returns.
   * Column blocks are compressed while the event loop goes on.
   */
  rows(deltas: readonly RowDelta[], state: CommittedState): WireRows | Promise<WireRows> {
    const { encoding, compression, level } = this.form;
    if (encoding === 'rows') return plainRows(deltas);
    if (deltas.length === 0) return noRows;
    if (encoding === 'packed' || deltas.length < this.rowsMin) {
      return packedRows(deltas, this.compressor);
    }
    const out = new BlockWriter();
    writeDeltas(out, deltas, state, this.plans);
    return sealed(sealBlock(out.frames(), compression, level));
  }
}

async function sealed(block: Promise<Uint8Array>): Promise<WireRows> {
  return { ...noRows, columns: await block };
}
