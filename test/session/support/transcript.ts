/** Conversations as lines that a person reads: every message in and out, and what it led to. */
import { SyncError } from '../../../src/base/errors.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import type { Outcome } from '../../../src/change/commit.ts';
import type { RowDelta } from '../../../src/change/row-delta.ts';
import type { Transaction } from '../../../src/change/transaction.ts';
import type { ClientEvent } from '../../../src/session/client-event.ts';
import type { ClientSession } from '../../../src/session/client-session.ts';
import { type CursorGroup, decodeCursor } from '../../../src/session/cursor.ts';
import type { ClientMessage, Delta, ServerMessage } from '../../../src/session/messages.ts';
import { Conversation, type ConversationOptions } from './conversation.ts';
import type { Host } from './hosts.ts';

/** Gathers the lines of a scenario with any number of conversations. */
export class Transcript {
  private readonly lines: string[] = [];

  get text(): string {
    return `${this.lines.join('\n')}\n`;
  }

  /** What happens between the messages. */
  say(what: string): void {
    this.lines.push(`-- ${what}`);
  }

  /** Opens a conversation whose messages are told as `client > server`. */
  open(
    names: readonly [client: string, server: string],
    client: ClientSession,
    host: Host,
    options: ConversationOptions = {},
  ): Conversation {
    const width = Math.max(names[0].length, names[1].length);
    const [left, right] = names.map((name) => name.padEnd(width)) as [string, string];
    return new Conversation(client, host, {
      ...options,
      witness: {
        message: (from, message) => {
          const text = describeMessage(message);
          this.lines.push(`${from === 'client' ? `${left} > ` : `${left} < `}${right} ${text}`);
        },
        event: (event) => {
          const text = describeEvent(event);
          if (text !== undefined) this.lines.push(`${left}   * ${text}`);
        },
      },
    });
  }

  /** Runs the conversation to its rest, and tells what ended it. */
  run(line: Conversation): Conversation {
    line.run();
    if (line.error instanceof SyncError) {
      this.lines.push(`   ended by ${line.error.reason}: ${line.error.message}`);
    }
    return line;
  }
}

function describeMessage(message: ClientMessage | ServerMessage): string {
  switch (message.type) {
    case 'hello': {
      const { replica } = message.handshake;
      const { scopes, tables, cursor } = message.subscription;
      const rest = [`scopes ${list(scopes)}`, `tables ${list(tables)}`, cursorText(cursor)];
      return `hello ${replica}${message.relay ? ' as relay' : ''}; ${rest.join('; ')}`;
    }
    case 'push':
      return `push ${message.transactions.map(transactionText).join(', ')}`;
    case 'ack':
      return `ack; ${cursorText(message.cursor)}`;
    case 'probe':
      return `probe ${message.number}`;
    case 'part': {
      const { replica, counter, offset, bytes, totalBytes } = message;
      const what = bytes.length === 0 ? 'asks' : `${offset} to ${offset + bytes.length}`;
      return `part of ${replica}/${counter}; ${what} of ${totalBytes}`;
    }
    case 'part-result':
      return `part result ${message.replica}/${message.counter}; has ${message.receivedBytes}`;
    case 'welcome': {
      const { head, settled, scopes, rebuild } = message;
      const anew = rebuild ? '; everything anew' : '';
      return `welcome; head ${head}; settled ${settled.counter}; scopes ${list(scopes)}${anew}`;
    }
    case 'push-result':
      return `result ${message.outcomes.map(outcomeText).join(', ')}`;
    case 'relayed':
      return `relayed ${message.transactions.map(transactionText).join(', ')}`;
    case 'delta':
      return deltaText(message);
  }
}

function deltaText({ deltas, checkpoint, progress, cursor, answeredProbe }: Delta): string {
  const parts = [`delta ${deltas.length === 0 ? 'of nothing' : deltas.map(rowText).join(', ')}`];
  if (checkpoint !== undefined) {
    const settled = [...checkpoint.settled].map(([writer, { counter }]) => ` ${writer}=${counter}`);
    const told = settled.length === 0 ? '' : `, settled${settled.join()}`;
    parts.push(`checkpoint ${checkpoint.seq} of ${checkpoint.rowCount} rows${told}`);
  }
  if (progress !== undefined) {
    parts.push(`progress ${progress.rowsDone} done ${progress.rowsLeft} left`);
  }
  if (answeredProbe > 0) parts.push(`answers probe ${answeredProbe}`);
  return [...parts, cursorText(cursor)].join('; ');
}

function rowText({ kind, table, key, version, scopes }: RowDelta): string {
  const where = scopes.length === 0 ? '' : ` in ${list(scopes)}`;
  return `${kind} ${table.replace('syncdb.v1.', '$')} ${key} @${version}${where}`;
}

function transactionText({ replica, counter, changes }: Transaction): string {
  const edits = changes.map(({ operation, table, key }) => `${operation} ${table} ${key}`);
  return `${replica}/${counter} (${edits.join(', ')})`;
}

function outcomeText({ replica, counter, status, refusal }: Outcome): string {
  return `${replica}/${counter} ${status}${refusal === undefined ? '' : ` ${refusal.reason}`}`;
}

function describeEvent(event: ClientEvent): string | undefined {
  switch (event.type) {
    case 'checkpoint': {
      const settled = event.settled.map(outcomeText).join(', ');
      return `shows ${event.seq}${settled === '' ? '' : `; ${settled}`}`;
    }
    case 'rebuild':
      return `differs at ${event.seq}: begins anew`;
    default:
      return undefined;
  }
}

function cursorText(cursor: Uint8Array): string {
  if (cursor.length === 0) return 'no cursor';
  const { groups } = decodeCursor(cursor, defaultLimits);
  return `cursor ${groups.map(groupText).join(' + ')}`;
}

function groupText({ scopes, since, at, upto }: CursorGroup): string {
  const scan = upto > since ? ` at ${at.seq} of ${upto}` : '';
  return `${list(scopes)} since ${since}${scan}`;
}

function list(items: readonly string[]): string {
  return `[${items.map((item) => item || "''").join(' ')}]`;
}
