import { utf8Length } from '../base/utf8.ts';
import type { RowDelta } from './row-delta.ts';
import type { ScopeIndex } from './scope-index.ts';

/**
 * Bytes that any row takes in a Delta beside its texts, fields and own bytes: tags, lengths, numbers, the etag and the
 * time of a RowChange, which come to 100, and that a packed row stays below by far.
 */
const rowBytes = 100;
/** Bytes of one scope beside its name: a tag and a length in one encoding, a length and an index in the other. */
const scopeBytes = 5;
/** Bytes of a field number, at most. */
const fieldBytes = 5;

/** The most that a row takes in a Delta before compression, in whichever encoding. */
export function deltaBytesAtMost(delta: RowDelta, sent: SentScopes): number {
  return (
    rowBytes +
    // The type of the row has the name of its table once more. Names of messages are ASCII.
    2 * delta.table.length +
    utf8Length(delta.key) +
    utf8Length(delta.writer) +
    fieldBytes * delta.fields.length +
    sent.bytesOf(delta.scopes) +
    delta.row.length
  );
}

/**
 * The scopes that a receiver is told of rows: those that it holds. Most rows of a batch are in a few sets of scopes, so
 * the names of each set, and the bytes that they take, are found out once.
 */
export class SentScopes {
  private readonly index: ScopeIndex;
  private readonly held: ReadonlySet<number>;
  private readonly names = new Map<number, readonly string[]>();
  private readonly bytes = new Map<readonly string[], number>();

  constructor(index: ScopeIndex, held: ReadonlySet<number>) {
    this.index = index;
    this.held = held;
  }

  /** The same list whenever it is the same set. */
  namesOf(set: number): readonly string[] {
    const known = this.names.get(set);
    if (known !== undefined) return known;
    const members = this.index.setMembers(set).filter((id) => this.held.has(id));
    const names = members.map((id) => this.index.nameOf(id));
    this.names.set(set, names);
    return names;
  }

  /** The most that such a list takes with one row of a Delta. */
  bytesOf(names: readonly string[]): number {
    if (names.length === 0) return 0;
    const known = this.bytes.get(names);
    if (known !== undefined) return known;
    const bytes = names.reduce((sum, name) => sum + scopeBytes + utf8Length(name), 0);
    this.bytes.set(names, bytes);
    return bytes;
  }
}
