import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { SyncError } from '../base/errors.ts';
import type { LiveRows } from '../replica/live-rows.ts';
import { type LiveRow, RowChanges } from '../replica/row-changes.ts';
import type { MessageCodec } from '../schema/message-codec.ts';
import type { LiveQueries, Watching } from './live-queries.ts';
import { pulled } from './pulled.ts';
import { atTurnEnd } from './turn-end.ts';

/** What has become of the rows of a live query since its reader was told last; the first time all rows are added. */
export interface QueryChange<Desc extends DescMessage> {
  /** All rows now, in the order of the query. A row that has not changed is the same object as before. */
  readonly rows: readonly MessageShape<Desc>[];
  readonly added: readonly MessageShape<Desc>[];
  /** Rows of which a field was changed, though it may be as before again, or that wait to be synced, or do so no more. */
  readonly changed: readonly MessageShape<Desc>[];
  /** As they were. */
  readonly removed: readonly MessageShape<Desc>[];
}

/**
 * A query that tells what changes. As an iterable it never ends before the client is closed, and gives what has come
 * together since the last turn, however slow its reader is. What nobody reads costs nothing: there is nothing to close.
 */
export interface LiveQuery<Desc extends DescMessage> extends AsyncIterable<QueryChange<Desc>> {
  /** The rows now. */
  readonly rows: readonly MessageShape<Desc>[];
  /**
   * Calls back with all rows soon, and then after each change, until the returned function is called; or until a row cannot be
   * read (FIELD_CODEC_FAILED). Then `onError` is told, once; without it that is a warning of the process.
   */
  subscribe(
    listener: (change: QueryChange<Desc>) => void,
    onError?: (error: SyncError) => void,
  ): () => void;
}

/** What one who reads has not been told of yet. */
interface Reader {
  readonly changes: RowChanges;
  /** Until it was told of all rows. */
  isNew: boolean;
  /** There is something to tell, or there never will be again. */
  readonly wake: () => void;
}

type Codec<Desc extends DescMessage> = Pick<MessageCodec<Desc>, 'def' | 'messageOfCells'>;

/** The rows of one table's query as messages, and those who read them. */
export class LiveTableQuery<Desc extends DescMessage> implements LiveQuery<Desc>, Watching {
  private readonly queries: LiveQueries;
  private readonly codec: Codec<Desc>;
  private readonly live: LiveRows;
  private readonly messages = new WeakMap<LiveRow, MessageShape<Desc>>();
  private readonly readers = new Set<Reader>();
  private shown: readonly MessageShape<Desc>[] | undefined;
  private stop: (() => void) | undefined;

  constructor(queries: LiveQueries, codec: Codec<Desc>, live: LiveRows) {
    this.queries = queries;
    this.codec = codec;
    this.live = live;
  }

  get rows(): readonly MessageShape<Desc>[] {
    // What nobody reads is not kept up to date.
    if (this.stop === undefined) this.changed('any');
    else this.queries.flush();
    this.shown ??= this.live.rows.map((row) => this.messageOf(row));
    return this.shown;
  }

  subscribe(
    listener: (change: QueryChange<Desc>) => void,
    onError: (error: SyncError) => void = (error) => process.emitWarning(error),
  ): () => void {
    let isStopped = false;
    // Each apart, so that what one listener throws keeps nobody else from being told.
    const plan = atTurnEnd(() => {
      const taken = isStopped ? undefined : this.tried(reader);
      if (taken instanceof SyncError) onError(taken);
      else if (taken !== undefined) listener(taken);
    });
    const reader = this.read(plan);
    plan();
    return () => {
      isStopped = true;
      this.leave(reader);
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<QueryChange<Desc>, undefined> {
    return pulled((wake) => {
      const reader = this.read(wake);
      const { readers } = this;
      return {
        take: () => this.take(reader),
        get isOver() {
          return !readers.has(reader);
        },
        leave: () => this.leave(reader),
      };
    });
  }

  changed(keys: ReadonlySet<string> | 'any'): void {
    const changes = new RowChanges();
    if (keys === 'any') this.live.refresh(changes);
    else this.live.update(keys, changes);
    if (changes.size === 0) return;
    this.shown = undefined;
    for (const reader of this.readers) {
      reader.changes.noteAll(changes);
      reader.wake();
    }
  }

  closed(): void {
    for (const reader of [...this.readers]) {
      this.leave(reader);
      reader.wake();
    }
  }

  private read(wake: () => void): Reader {
    const reader = { changes: new RowChanges(), isNew: true, wake };
    if (this.queries.isClosed) return reader;
    this.readers.add(reader);
    if (this.stop !== undefined) return reader;
    this.stop = this.queries.add(this.codec.def, this);
    this.changed('any');
    return reader;
  }

  private leave(reader: Reader): void {
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    this.stop?.();
    this.stop = undefined;
  }

  /** What the reader is to be told, if there is something. One who cannot be told is told nothing more. */
  private take(reader: Reader): QueryChange<Desc> | undefined {
    try {
      return this.changeFor(reader);
    } catch (error) {
      reader.changes.clear();
      this.leave(reader);
      throw error;
    }
  }

  /** The same, where it must not be thrown. */
  private tried(reader: Reader): QueryChange<Desc> | SyncError | undefined {
    try {
      return this.take(reader);
    } catch (error) {
      if (error instanceof SyncError) return error;
      throw error;
    }
  }

  private changeFor(reader: Reader): QueryChange<Desc> | undefined {
    const { changes, isNew } = reader;
    // Of what was before the end a reader is still told.
    if (!this.readers.has(reader) && (isNew || changes.size === 0)) return undefined;
    const { rows } = this;
    if (!isNew && changes.size === 0) return undefined;
    const [added, changed, removed]: MessageShape<Desc>[][] = [[], [], []];
    for (const { before, after } of isNew ? [] : changes.all()) {
      if (after === undefined) removed!.push(this.messageOf(before!));
      else if (before === undefined) added!.push(this.messageOf(after));
      else changed!.push(this.messageOf(after));
    }
    changes.clear();
    reader.isNew = false;
    return { rows, added: isNew ? rows : added!, changed: changed!, removed: removed! };
  }

  private messageOf(row: LiveRow): MessageShape<Desc> {
    let message = this.messages.get(row);
    if (message === undefined) {
      message = this.codec.messageOfCells(row.cells);
      this.messages.set(row, message);
    }
    return message;
  }
}
