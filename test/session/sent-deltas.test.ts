import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import type { RowsForm } from '../../src/session/chosen-form.ts';
import type { Delta, Hello } from '../../src/session/messages.ts';
import { SentDeltas } from '../../src/session/sent-deltas.ts';
import { SharedBlock } from '../../src/session/shared-blocks.ts';
import { putEdit, taskTable } from '../support/sim-schema.ts';
import { TestHome, testReplica } from './support/hosts.ts';
import { helloOf } from './support/messages.ts';

const columns: RowsForm = { encoding: 'columns', compression: 'none', level: 'balanced' };

/** A row that phone `p` pushed, as it is told, and the Delta that has it. */
function scene(hello: Partial<Hello>, form = columns) {
  const home = new TestHome();
  const edits = testReplica('p');
  edits.write([putEdit(taskTable, 't', { site: 'a' })], 0);
  edits.seal();
  const pushed = edits.queue.of('p')[0]!;
  const sent = new SentDeltas({ ...helloOf('p'), ...hello }, form, defaultLimits);
  sent.note([[pushed]]);
  const { transaction } = pushed;
  const row: RowDelta = {
    kind: 'full',
    ...{ table: taskTable.name, number: 0, key: 't', version: 1, stamp: 1 },
    ...{ writer: 'p', fields: [], scopes: ['site/a'], row: transaction.changes[0]!.row, slot: 0 },
  };
  const delta: Delta = {
    ...{ type: 'delta', deltas: [row], cursor: Uint8Array.of(1, 2) },
    ...{ checkpoint: undefined, progress: undefined, answeredProbe: 0 },
  };
  const kindOf = (told: Delta) => sent.told(told, () => 0).deltas[0]!.kind;
  return { home, sent, delta, row, kindOf };
}

describe('what is told on a stream', () => {
  test('is told as it is to who does not ask', () => {
    const { sent, delta } = scene({});
    expect(sent.told(delta, () => 0)).toBe(delta);
  });

  test('leaves out rows that the client wrote itself, if it asks and takes columns', () => {
    const { delta, kindOf } = scene({ ownRows: true });
    expect(kindOf(delta)).toBe('own');
    expect(scene({ ownRows: true }, { ...columns, encoding: 'packed' }).kindOf(delta)).toBe('full');
    expect(scene({ ownRows: true, relay: true }).kindOf(delta)).toBe('full');
  });

  test('[I7] has no own rows in a block that others are sent, too', () => {
    const { home, delta, row, kindOf } = scene({ ownRows: true });
    const place = { seq: 0, table: 0, number: 0 };
    const block = new SharedBlock({ start: place, end: place }, [row], 1, home.source.state);
    expect(kindOf({ ...delta, block })).toBe('full');
  });

  test('knows pushed rows until a checkpoint covers them', () => {
    const { sent, delta, kindOf } = scene({ ownRows: true });
    const checkpoint = { seq: 1, rowCount: 1, digest: 0n, settled: new Map() };
    sent.told({ ...delta, deltas: [], checkpoint }, () => 0);
    expect(kindOf(delta)).toBe('own');
    sent.told({ ...delta, deltas: [], checkpoint }, () => 1);
    expect(kindOf(delta)).toBe('full');
  });
});
