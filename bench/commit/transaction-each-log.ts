import { randomBytes } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Log, LogSlice } from '../../src/log/log.ts';

/**
 * The plain way to make commits durable, as a log: one SQLite transaction for each record, on the thread that asks
 * for it. Only for measuring against; nothing is ever read back.
 */
export function openTransactionEachLog(path: string): Log {
  return new TransactionEachLog(path);
}

class TransactionEachLog implements Log {
  readonly id = new Uint8Array(randomBytes(16));
  readonly trimmed = 0;
  readonly epoch = 0;
  head = 0;
  private readonly db: DatabaseSync;
  private readonly insert: StatementSync;

  constructor(path: string) {
    this.db = new DatabaseSync(path);
    this.db.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    this.db.exec('CREATE TABLE records (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
    this.insert = this.db.prepare('INSERT INTO records VALUES (?, ?)');
  }

  async append(_expectedHead: number, records: readonly Uint8Array[]): Promise<number> {
    for (const record of records) {
      this.db.exec('BEGIN IMMEDIATE');
      this.insert.run(this.head + 1, record);
      this.db.exec('COMMIT');
      this.head++;
      // A server has to let its sockets be read between two requests.
      await new Promise(setImmediate);
    }
    return this.head;
  }

  async *read(): AsyncGenerator<LogSlice> {
    // It is always new.
  }

  async trim(): Promise<void> {
    // As above.
  }

  async close(): Promise<void> {
    this.db.close();
  }
}
