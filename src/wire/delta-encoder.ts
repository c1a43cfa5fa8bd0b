import { setImmediate } from 'node:timers/promises';
import { assert } from '../base/errors.ts';
import type { Steps } from '../base/steps.ts';
import { deltaSteps } from '../change/delta-block.ts';
import type { DeltaPlans } from '../change/delta-plans.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { BlockWriter } from '../codec/block-writer.ts';
import { nameOf, type RowsForm } from '../session/chosen-form.ts';
import type { Delta } from '../session/messages.ts';
import type { SharedBlock } from '../session/shared-blocks.ts';
import type { SyncSource } from '../session/source.ts';
import { namedCodecs, noTeamCodecs, type TeamCodecs } from '../table/batch/team-codec.ts';
import { sealBlock } from './column-blocks.ts';
import type { Compressor } from './compressor.ts';
import {
  deflatedRows,
  noRows,
  packedRows,
  plainRows,
  teamTablesOf,
  type WireRows,
} from './delta-rows.ts';

/** Fewer rows take fewer bytes as a packed batch: a block has to say of each column what it is. */
export const columnRowsMin = 24;

type MaybeLater<T> = T | Promise<T>;

/** What the blocks were encoded to, by whoever was sent them first. They are of one form. */
const encodedBlocks = new WeakMap<SharedBlock, MaybeLater<WireRows>>();

/** Likewise of the rows that all who are at the head are sent, by form. */
const encodedRows = new WeakMap<readonly RowDelta[], Map<string, MaybeLater<WireRows>>>();

/** What it encodes for. */
export type DeltaSource = Pick<SyncSource, 'state' | 'plans' | 'blocks'>;

export interface EncoderOptions {
  readonly codecs?: TeamCodecs;
  readonly rowsMin?: number;
  readonly atOnce?: boolean;
}

/** Puts the rows of one receiver's Deltas into the encoding that was agreed on. */
export class DeltaEncoder {
  private readonly form: RowsForm;
  private readonly name: string;
  private readonly compressor: Compressor | undefined;
  private readonly source: DeltaSource;
  private readonly plans: DeltaPlans;
  private readonly codecs: TeamCodecs;
  private readonly rowsMin: number;
  private readonly turnMsMax: number;

  /**
   * `codecs` are those that the form may name. With `atOnce` blocks are written in one turn of the event loop, which a simulation has
   * none of; it and `rowsMin` are for tests.
   */
  constructor(
    form: RowsForm,
    compressors: readonly Compressor[],
    source: DeltaSource,
    { codecs = noTeamCodecs, rowsMin = columnRowsMin, atOnce = false }: EncoderOptions = {},
  ) {
    this.turnMsMax = atOnce ? Number.POSITIVE_INFINITY : turnMsMax;
    this.form = form;
    this.name = nameOf(form);
    this.compressor = compressors.find(({ name }) => name === form.compression);
    this.source = source;
    this.plans = source.plans.of(form.level);
    this.codecs = namedCodecs(codecs, form.teamCodecs ?? []);
    this.rowsMin = rowsMin;
  }

  /**
   * The rows of a Delta that was just gathered: all of the state that is read is read before this returns. Column blocks are
   * written and compressed in turns, while others go on. What others were sent is there already.
   */
  rows({ deltas, block }: Pick<Delta, 'deltas' | 'block'>): MaybeLater<WireRows> {
    if (block === undefined) return this.encodeOnce(deltas);
    const known = encodedBlocks.get(block);
    if (known !== undefined) return known;
    const encoded = this.encodeBlock(block, deltas);
    if (encoded instanceof Promise) this.awaitBlock(block, encoded);
    else this.note(block, encoded);
    return encoded;
  }

  /** Where it cannot be, nobody else is to be sent it: those who come later bring no rows. */
  private encodeBlock(block: SharedBlock, deltas: readonly RowDelta[]): MaybeLater<WireRows> {
    try {
      assert(deltas.length === block.rowCount, 'a block was kept that nobody has encoded');
      const encoded = this.encode(deltas);
      encodedBlocks.set(block, encoded);
      return encoded;
    } catch (error) {
      this.source.blocks.drop(block);
      throw error;
    }
  }

  private encodeOnce(deltas: readonly RowDelta[]): MaybeLater<WireRows> {
    if (deltas.length === 0) return noRows;
    const forms = encodedRows.get(deltas) ?? new Map<string, MaybeLater<WireRows>>();
    encodedRows.set(deltas, forms);
    const known = forms.get(this.name);
    if (known !== undefined) return known;
    const encoded = this.encode(deltas);
    forms.set(this.name, encoded);
    return encoded;
  }

  private awaitBlock(block: SharedBlock, encoded: Promise<WireRows>): void {
    encoded.then(
      (rows) => this.note(block, rows),
      // Whoever asked is told; the others begin with one of their own.
      () => this.source.blocks.drop(block),
    );
  }

  private note(block: SharedBlock, rows: WireRows): void {
    encodedBlocks.set(block, rows);
    this.source.blocks.grew(block, bytesOf(rows, block));
  }

  private encode(deltas: readonly RowDelta[]): MaybeLater<WireRows> {
    const { encoding, compression, level } = this.form;
    if (encoding === 'rows') return plainRows(deltas);
    if (encoding === 'rows-deflated') return deflatedRows(deltas);
    if (encoding === 'packed') return packedRows(deltas, this.compressor);
    const { state } = this.source;
    if (deltas.length < this.rowsMin) {
      return packedRows(deltas, this.compressor, teamTablesOf(state.schema));
    }
    const out = new BlockWriter();
    const steps = deltaSteps(out, deltas, state, this.plans, this.codecs);
    steps.next();
    return inTurns(steps, this.turnMsMax).then(async () => {
      return { ...noRows, columns: await sealBlock(out.frames(), compression, level) };
    });
  }
}

/** For so long what is encoded holds a turn of the event loop up, about, in milliseconds. */
const turnMsMax = 4;

/** Steps of which as many are done in a turn of the event loop as do not hold others up for long. */
async function inTurns(steps: Steps<void>, msMax: number): Promise<void> {
  let endMs = performance.now() + msMax;
  while (steps.next().done !== true) {
    if (performance.now() < endMs) continue;
    await setImmediate();
    endMs = performance.now() + msMax;
  }
}

/** What rows take as long as they are kept. */
function bytesOf(rows: WireRows, block: SharedBlock): number {
  const { changes, packed, columns, deflatedChanges } = rows;
  const encoded = packed.length + columns.length + deflatedChanges.length;
  return encoded + (changes.length > 0 ? block.bytes : 0);
}
