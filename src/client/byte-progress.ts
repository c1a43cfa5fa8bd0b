import type { Progress } from '../session/messages.ts';
import type { SyncProgress } from './status.ts';

/** Reckons the bytes of a catch-up: a server counts rows only. */
export class ByteProgress {
  private bytes = 0;
  /** Where the first word of the progress on this link was. */
  private first: { readonly rows: number; readonly bytes: number } | undefined;

  /** A new link, or another catch-up on it. */
  begin(): void {
    this.bytes = 0;
    this.first = undefined;
  }

  received(bytes: number): void {
    this.bytes += bytes;
  }

  of({ rowsDone, rowsLeft }: Progress): SyncProgress {
    const { bytes } = this;
    // Some of the rows may have come over the link before, and the first message has more than rows.
    const from = this.first ?? { rows: 0, bytes: 0 };
    this.first ??= { rows: rowsDone, bytes };
    const rows = rowsDone - from.rows;
    const bytesPerRow = rows > 0 ? (bytes - from.bytes) / rows : 0;
    return { rowsDone, rowsLeft, bytesDone: bytes, bytesLeft: Math.round(rowsLeft * bytesPerRow) };
  }
}
