import type { Limits } from '../base/limits.ts';
import type { RowsForm } from './chosen-form.ts';
import type { Delta, Hello } from './messages.ts';
import { PushedRows } from './own-rows.ts';
import type { Pushed } from './push-intake.ts';
import { ShortCursors } from './short-cursors.ts';

/** What a server tells on one stream, without what the client said that it has. */
export class SentDeltas {
  private readonly cursors: ShortCursors | undefined;
  private readonly pushed: PushedRows | undefined;

  constructor(hello: Hello, { encoding }: RowsForm, { pushedRowsBytesMax }: Limits) {
    const { handshake, subscription, relay } = hello;
    const tellsOwn = hello.ownRows === true && encoding === 'columns' && !relay;
    this.cursors = subscription.shortCursors ? new ShortCursors() : undefined;
    this.pushed = tellsOwn ? new PushedRows(handshake.replica, pushedRowsBytesMax) : undefined;
  }

  /** What comes in parts is not kept: it is large. */
  note(pushed: readonly Pushed[]): void {
    for (const push of pushed) if (Array.isArray(push)) this.pushed?.note(push);
  }

  /** The Delta as it goes out. `settled` is the counter up to which a checkpoint covers the client's transactions. */
  told(delta: Delta, settled: () => number): Delta {
    // What others are sent, too, is nobody's own.
    const pushed = delta.block === undefined ? this.pushed : undefined;
    const deltas = pushed?.told(delta.deltas) ?? delta.deltas;
    if (delta.checkpoint !== undefined) this.pushed?.settled(settled());
    const told = deltas === delta.deltas ? delta : { ...delta, deltas };
    return this.cursors?.shortened(told) ?? told;
  }
}
