import { bytesAbout, type Transaction } from '../change/transaction.ts';
import type { Compression } from './messages.ts';

/** With fewer changes columns are no smaller than rows. */
const changesMin = 4;
/** What goes by columns is made in one step: no more of it at once than takes a tenth of a second. */
const bytesMax = 1 << 20;
/** The part of their bytes that they are taken for before any went, and at the least. */
const shareFirst = 1 / 4;
const shareMin = 1 / 32;

/** Which pushes go by columns, and how much smaller that makes them: rows of one app are alike. */
export class PushColumns {
  private readonly own: readonly Compression[];
  private agreed: Compression | undefined;
  private part = shareFirst;
  /** What the last push would have been, about; 0 where it went in rows. */
  private lastBytes = 0;

  /** `own` are the compressions that may be used, preferred first. */
  constructor(own: readonly Compression[] = []) {
    this.own = own;
  }

  /** The server undoes these; none where it takes no columns. */
  welcomed(taken: readonly Compression[] = []): void {
    this.agreed = [...this.own, 'none' as const].find((name) => taken.includes(name));
  }

  /** Bytes by columns for one of them, as far as is known; 1 where they go in rows. */
  get share(): number {
    return this.agreed === undefined ? 1 : this.part;
  }

  get bytesMax(): number {
    return this.agreed === undefined ? Number.POSITIVE_INFINITY : bytesMax;
  }

  /** How these go by columns; undefined where they go in rows. */
  compressionOf(batch: readonly Transaction[]): Compression | undefined {
    const changes = batch.reduce((sum, each) => sum + each.changes.length, 0);
    const bytes = batch.reduce((sum, each) => sum + bytesAbout(each.changes), 0);
    return changes < changesMin || bytes > bytesMax ? undefined : this.agreed;
  }

  /** These go next, by columns or not. */
  sends(batch: readonly Transaction[], byColumns: boolean): void {
    this.lastBytes = byColumns
      ? batch.reduce((sum, { changes }) => sum + bytesAbout(changes), 0)
      : 0;
  }

  /** So many bytes were what went last. True where it went by columns. */
  took(bytes: number): boolean {
    if (this.lastBytes === 0) return false;
    this.part = Math.min(1, Math.max(shareMin, bytes / this.lastBytes));
    this.lastBytes = 0;
    return true;
  }
}
