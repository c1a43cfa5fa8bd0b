import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { bytesAbout } from '../../src/change/transaction.ts';
import { columnRequest, mayGoByColumns } from '../../src/client/column-push.ts';
import type { Schema } from '../../src/schema/table-def.ts';
import type { Push } from '../../src/session/messages.ts';
import { createCompressors } from '../../src/wire/compressor.ts';
import { clientMessageFromWire, clientMessageToWire } from '../../src/wire/sync-messages.ts';
import { pushOf, transactionOf } from '../session/support/messages.ts';
import { simSchema } from '../support/sim-schema.ts';

const reading = { schema: simSchema, limits: defaultLimits, compressors: createCompressors() };
const push = pushOf(...[1, 2, 3, 4, 5, 6].map((counter) => transactionOf('p', counter)));
const byColumns = (transactions: Push['transactions']) =>
  ({ type: 'push', transactions, columns: 'zstd' }) as const;

const sizeOf = ({ transactions }: Push) =>
  transactions.reduce((sum, { changes }) => sum + bytesAbout(changes), 0);

describe('a push that may go by columns', () => {
  it('does, and says how many bytes these have', async () => {
    const sent = await columnRequest(byColumns(push.transactions), simSchema, defaultLimits);
    expect(sent.bytes).toBeGreaterThan(50);
    expect(sent.bytes).toBeLessThan(sizeOf(push) / 4);
    expect(clientMessageFromWire(sent.request, reading)).toEqual(push);
  });

  it('goes in rows where these are smaller', async () => {
    const one = byColumns([transactionOf('p', 1)]);
    const sent = await columnRequest(one, simSchema, defaultLimits);
    expect(sent).toEqual({ request: clientMessageToWire(one), bytes: sizeOf(one) });
  });

  it('goes in rows where columns cannot be made of it', async () => {
    const any = byColumns(push.transactions);
    const sent = await columnRequest(any, {} as Schema, defaultLimits);
    expect(sent).toEqual({ request: clientMessageToWire(any), bytes: sizeOf(any) });
  });

  it('is one that says so', () => {
    expect(mayGoByColumns(byColumns([]))).toBe(true);
    expect(mayGoByColumns(push)).toBe(false);
    expect(mayGoByColumns({ type: 'ack' })).toBe(false);
  });
});
