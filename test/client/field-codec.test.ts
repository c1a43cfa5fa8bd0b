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
      ).rejects.toThrow('no key'),
    ]);
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
