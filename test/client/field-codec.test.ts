import { createCipheriv, createDecipheriv } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InspectionSchema, StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { Code } from '../../src/base/errors.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { FieldCodec } from '../../src/client/field-codec.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const [key, iv] = [Buffer.alloc(32, 7), Buffer.alloc(12, 1)];

/** Deterministic, so that a test can look; a real one has an iv for each value. */
const secret: FieldCodec<string> = {
  table: InspectionSchema,
  field: 'notes',
  encode: (text) => {
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    return Buffer.concat([cipher.update(text), cipher.final()]).toString('base64');
  },
  decode: (text) =>
    createDecipheriv('aes-256-gcm', key, iv).update(Buffer.from(text, 'base64')).toString(),
};

let server: TestServer;
let client: Client;
beforeEach(async () => {
  server = await startTestServer();
  client = await server.client({ fieldCodecs: [secret] as FieldCodec[] });
});
afterEach(() => server.close());

describe('a field with a codec', () => {
  test('[P16] is the app’s value for those who have it, and another to all else', async () => {
    const inspections = client.table(InspectionSchema);
    inspections.put({ id: 'i', stationId: 's', notes: 'dry', labels: ['a'] });
    inspections.put({ id: 'empty', stationId: 's' });
    expect(inspections.get('i')).toMatchObject({ notes: 'dry', labels: ['a'] });
    inspections.patch('i', { notes: 'wet' });
    inspections.patch('i', { visits: 3 });
    await client.synced();
    const plain = await server.client();
    const friend = await server.client({ fieldCodecs: [secret] as FieldCodec[] });
    await Promise.all([plain.synced(), friend.synced()]);
    const stored = plain.table(InspectionSchema).get('i')?.notes;
    expect(stored).toBe(secret.encode('wet'));
    const seen = friend.table(InspectionSchema);
    expect(seen.get('i')).toMatchObject({ notes: 'wet', visits: 3, labels: ['a'] });
    expect(seen.query({ where: { visits: 3 } }).rows[0]?.notes).toBe('wet');
    expect(seen.get('empty')?.notes).toBe('');
    seen.patch('i', { notes: null });
    expect(seen.get('i')?.notes).toBe('');
  });

  test('is watched as it is seen', async () => {
    const inspections = client.table(InspectionSchema);
    inspections.put({ id: 'i', notes: 'dry' });
    for await (const { rows } of inspections.watch()) {
      expect(rows.map(({ notes }) => notes)).toEqual(['dry']);
      break;
    }
  });

  test('cannot be compared: neither by a filter nor by an order', () => {
    const inspections = client.table(InspectionSchema);
    const coded = expect.objectContaining({
      ...{ code: Code.invalidArgument, reason: 'FIELD_CODED' },
      fields: [expect.objectContaining({ field: 'notes' })],
    });
    expect(() => inspections.query({ where: { notes: 'dry' } })).toThrow(coded);
    expect(() => inspections.count({ not: { notes: { startsWith: 'd' } } })).toThrow(coded);
    expect(() => inspections.query({ orderBy: [{ field: 'notes' }] })).toThrow(coded);
    expect(() => inspections.watch({ where: { notes: { absent: true } } })).toThrow(coded);
  });

  test('is held to its type, and what a codec throws the app gets', () => {
    const broken = (encode: (text: string) => unknown) =>
      server.client({
        fieldCodecs: [{ ...secret, encode } as FieldCodec],
        url: undefined as never,
      });
    const putWith = async (encode: (text: string) => unknown) =>
      (await broken(encode)).table(InspectionSchema).put({ id: 'i', notes: 'a' });
    return Promise.all([
      expect(putWith(() => 5)).rejects.toMatchObject({ code: Code.invalidArgument }),
      expect(
        putWith(() => {
          throw new Error('no key');
        }),
      ).rejects.toMatchObject({
        ...{ code: Code.failedPrecondition, reason: 'FIELD_CODEC_FAILED' },
        message: 'test.v1.Inspection.notes: its codec cannot encode it',
        metadata: { table: 'test.v1.Inspection', field: 'notes' },
        cause: new Error('no key'),
      }),
    ]);
  });

  describe('that cannot be decoded', () => {
    const unreadable = expect.objectContaining({
      reason: 'FIELD_CODEC_FAILED',
      fields: [{ field: 'notes', description: 'its codec cannot decode it' }],
      cause: new Error('another key'),
    });
    const strict: FieldCodec<string> = {
      ...{ table: InspectionSchema, field: 'notes', encode: (text) => text },
      decode: (text) => {
        if (text === 'unreadable') throw new Error('another key');
        return text;
      },
    };
    const watched = async () => {
      const other = await server.client({ fieldCodecs: [strict] as FieldCodec[] });
      const inspections = other.table(InspectionSchema);
      inspections.put({ id: 'fine', stationId: 's', notes: 'readable' });
      return inspections;
    };

    test('is said by each read', async () => {
      const inspections = await watched();
      const query = inspections.watch();
      inspections.put({ id: 'i', notes: 'unreadable' });
      expect(() => inspections.get('i')).toThrow(unreadable);
      expect(() => inspections.query()).toThrow(unreadable);
      expect(() => query.rows).toThrow(unreadable);
      expect(inspections.get('fine')?.notes).toBe('readable');
    });

    test('ends the subscriptions that would show it, with the error, and no others', async () => {
      const inspections = await watched();
      const ids = (change: { readonly rows: readonly { readonly id: string }[] }) =>
        change.rows.map(({ id }) => id).join(' ');
      const [all, some, errors]: unknown[][] = [[], [], []];
      const warned = new Promise((resolve) => process.once('warning', resolve));
      const query = inspections.watch();
      query.subscribe(
        (change) => all!.push(ids(change)),
        (error) => errors!.push(error),
      );
      // Of whom nobody says where it is to be told.
      query.subscribe(() => {});
      inspections
        .watch({ where: { stationId: 's' } })
        .subscribe((change) => some!.push(ids(change)));
      await expect.poll(() => all).toEqual(['fine']);
      inspections.put({ id: 'i', notes: 'unreadable' });
      inspections.put({ id: 'more', stationId: 's' });
      expect(await warned).toEqual(unreadable);
      inspections.put({ id: 'last', stationId: 's' });
      await expect.poll(() => some).toEqual(['fine', 'fine more', 'fine last more']);
      expect([all, errors]).toEqual([['fine'], [unreadable]]);
      // Who has it mended begins anew.
      inspections.delete('i');
      query.subscribe((change) => all!.push(ids(change)));
      await expect.poll(() => all).toEqual(['fine', 'fine last more']);
    });

    test('ends an iteration with the error, once', async () => {
      const inspections = await watched();
      const changes = inspections.watch()[Symbol.asyncIterator]();
      await changes.next();
      const next = changes.next();
      inspections.put({ id: 'i', notes: 'unreadable' });
      await expect(next).rejects.toThrow(unreadable);
      expect((await changes.next()).done).toBe(true);
    });
  });

  test.each([
    ['id', 'the key'],
    ['station_id', 'a scope'],
    ['visits', 'only strings and bytes'],
    ['nothing', 'no field'],
  ])('cannot be %s', async (field, problem) => {
    const fieldCodecs = [{ ...secret, field }] as FieldCodec[];
    await expect(server.client({ fieldCodecs })).rejects.toMatchObject({
      reason: 'BAD_FIELD_CODEC',
      message: expect.stringContaining(problem),
    });
    const ofOther = [{ ...secret, table: StationSchema, field: 'name' }] as FieldCodec[];
    await server.client({ fieldCodecs: ofOther });
  });
});
