import { bytesEqual } from '../base/bytes.ts';
import { Code, SyncError } from '../base/errors.ts';
import { maskIndexes } from '../base/mask.ts';
import type { RowDelta } from '../change/row-delta.ts';
import type { PreparedChange, PreparedTransaction } from '../merge/prepared.ts';
import type { Replica } from '../replica/replica.ts';

/** What an edit takes beside the bytes of its row, about. */
const editBytes = 128;

/** An edit of a row, by the place of its change in its transaction. */
interface Edit {
  readonly counter: number;
  readonly change: number;
  readonly kind: 'full' | 'patch';
  readonly fields: readonly number[];
  readonly row: Uint8Array;
  readonly bytes: number;
}

/**
 * The server's side: what a client has pushed on its stream, until a checkpoint covers it. A row that is as the client wrote it need
 * not be sent back to it: it is told by the transaction and the change, where these have just the bytes that would be sent.
 */
export class PushedRows {
  private readonly replica: string;
  private readonly bytesMax: number;
  /** The last edit of each row. */
  private readonly edits = new Map<string, Edit>();
  private bytes = 0;

  constructor(replica: string, bytesMax: number) {
    this.replica = replica;
    this.bytesMax = bytesMax;
  }

  /** What is too much is not kept: its rows are sent. */
  note(pushed: readonly PreparedTransaction[]): void {
    for (const { transaction, changes } of pushed) {
      if (transaction.replica !== this.replica) continue;
      for (const [index, change] of changes.entries()) {
        this.keep(nameOf(change.table.name, change.key), {
          counter: transaction.counter,
          change: index,
          ...editOf(change, transaction.changes[index]!.row),
          bytes: editBytes + transaction.changes[index]!.row.length,
        });
      }
    }
  }

  private keep(name: string, edit: Edit): void {
    this.forget(name);
    if (this.bytes + edit.bytes > this.bytesMax) return;
    this.edits.set(name, edit);
    this.bytes += edit.bytes;
  }

  private forget(name: string): void {
    const known = this.edits.get(name);
    if (known === undefined) return;
    this.edits.delete(name);
    this.bytes -= known.bytes;
  }

  /** The rows with those told by their edits that are just that. */
  told(deltas: readonly RowDelta[]): readonly RowDelta[] {
    if (this.edits.size === 0) return deltas;
    if (!deltas.some(({ writer }) => writer === this.replica)) return deltas;
    return deltas.map((delta) => this.toldOf(delta));
  }

  private toldOf(delta: RowDelta): RowDelta {
    if (delta.writer !== this.replica) return delta;
    const edit = this.edits.get(nameOf(delta.table, delta.key));
    if (edit === undefined || !isJust(delta, edit)) return delta;
    const { slot: _slot, ...rest } = delta;
    const { counter, change } = edit;
    return { ...rest, kind: 'own', fields: [], row: new Uint8Array(0), own: { counter, change } };
  }

  /** A checkpoint has told of all up to this counter. */
  settled(counter: number): void {
    for (const [name, edit] of this.edits) if (edit.counter <= counter) this.forget(name);
  }
}

/** Whether a row is sent as an edit has it: whole, whatever of it was new, or just these fields. */
function isJust({ kind, fields, row }: RowDelta, edit: Edit): boolean {
  const isSame = kind === edit.kind && fields.join() === edit.fields.join();
  return isSame && bytesEqual(row, edit.row);
}

/**
 * The client's side: the rows that it wrote itself, as they would have been sent. DATA_LOSS OWN_ROW_UNKNOWN where it has no such
 * transaction: on another stream nobody knows what it has pushed, and they come whole.
 */
export function withOwnRows(deltas: readonly RowDelta[], replica: Replica): readonly RowDelta[] {
  if (!deltas.some(({ kind }) => kind === 'own')) return deltas;
  const queued = replica.queue.of(replica.id);
  const byCounter = new Map<number, PreparedTransaction>(
    queued.map((each) => [each.transaction.counter, each]),
  );
  return deltas.map((delta) => (delta.kind === 'own' ? written(delta, byCounter) : delta));
}

function written(
  { own, ...delta }: RowDelta,
  byCounter: ReadonlyMap<number, PreparedTransaction>,
): RowDelta {
  const prepared = byCounter.get(own!.counter);
  const change = prepared?.changes[own!.change];
  if (change === undefined || change.operation === 'delete' || change.table.name !== delta.table) {
    throw unknownRow(own!.counter);
  }
  const { kind, fields, row } = editOf(change, prepared!.transaction.changes[own!.change]!.row);
  return { ...delta, kind, key: change.key, fields, row };
}

function editOf(
  { operation, table, mask }: PreparedChange,
  row: Uint8Array,
): Pick<Edit, 'kind' | 'fields' | 'row'> {
  if (operation === 'put') return { kind: 'full', fields: [], row };
  const fields = maskIndexes(mask).map((index) => table.columns[index]!.number);
  return { kind: 'patch', fields, row };
}

function nameOf(table: string, key: string): string {
  return `${table}/${key}`;
}

function unknownRow(counter: number): SyncError {
  const problem = `a row is said to be as transaction ${counter} wrote it, which is not here`;
  return new SyncError(Code.dataLoss, 'OWN_ROW_UNKNOWN', problem);
}
