/** That PROTOCOL.md and test/vectors/protocol-1.json say what the code does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRegistry, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { AirportSchema, StateSchema } from '../../gen/es/example/v1/place_pb.ts';
import { TransactionSchema } from '../../gen/es/syncdb/v1/data_pb.ts';
import { Transaction } from '../../gen/ts/syncdb/v1/data.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { digestHex } from '../../src/base/digest.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { addDigest, rowDigest } from '../../src/change/row-digest.ts';
import { digestOf, encodeTransaction } from '../../src/change/transaction.ts';
import { nextReplicaId } from '../../src/replica/next-id.ts';
import { fingerprintText } from '../../src/schema/fingerprint.ts';
import { scalarForms } from '../../src/schema/scalar-forms.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { transactionFromWire, transactionToWire } from '../../src/wire/transactions.ts';
import { schemaSet } from '../support/schema-builder.ts';

interface Vectors {
  transactions: { name: string; transaction: JsonValue; canonical: string; digest: string }[];
  rows: RowVector[];
  checkpoint: {
    rows: (RowVector & { scopes: string[] })[];
    rowCount: string;
    rowsDigest: string;
  };
  nextIds: { id: string; digest: string; next: string }[];
  schema: SchemaVector;
  schemaWithOneof: SchemaVector;
}

interface SchemaVector {
  facts: string[];
  fingerprint: string;
}

interface RowVector {
  table: string;
  key: string;
  rowVersion: string;
  digest: string;
}

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'PROTOCOL.md'), 'utf8');
const vectors = JSON.parse(
  readFileSync(join(root, 'test/vectors/protocol-1.json'), 'utf8'),
) as Vectors;
const registry = createRegistry(AirportSchema, StateSchema);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const digestOfRow = ({ table, key, rowVersion }: RowVector) =>
  rowDigest(table, key, Number(rowVersion));

describe('the vectors', () => {
  test.each(vectors.transactions)('have the bytes and the digest of $name', (vector) => {
    const sent = fromJson(TransactionSchema, vector.transaction, { registry });
    const message = Transaction.decode(toBinary(TransactionSchema, sent));
    const transaction = transactionFromWire(message, 'transaction');
    const out = new ByteWriter();
    encodeTransaction(transaction, out);
    expect(hex(out.finish())).toBe(vector.canonical);
    expect(hex(digestOf(transaction))).toBe(vector.digest);
    // What the client sends is the canonical form already.
    expect(hex(Transaction.encode(transactionToWire(transaction)).finish())).toBe(vector.canonical);
  });

  test('have the digests of rows', () => {
    for (const row of vectors.rows) expect(digestHex(digestOfRow(row))).toBe(row.digest);
  });

  test('have a checkpoint', () => {
    const sum = { count: 0, high: 0, low: 0 };
    for (const row of vectors.checkpoint.rows) {
      expect(digestHex(digestOfRow(row))).toBe(row.digest);
      for (const _ of row.scopes) addDigest(sum, digestOfRow(row), 1);
      sum.count += row.scopes.length;
    }
    expect(String(sum.count)).toBe(vectors.checkpoint.rowCount);
    expect(digestHex(sum)).toBe(vectors.checkpoint.rowsDigest);
  });

  test('have the ids that follow from an id and a digest', () => {
    for (const { id, digest, next } of vectors.nextIds) {
      expect(nextReplicaId(id, Buffer.from(digest, 'hex'))).toBe(next);
    }
  });

  test('have the facts and the fingerprint of a schema', () => {
    const { tables, fingerprint } = createSchema([AirportSchema, StateSchema]);
    expect(fingerprintText(tables).trimEnd().split('\n')).toEqual(vectors.schema.facts);
    expect(fingerprint).toBe(vectors.schema.fingerprint);
  });

  test('have those of nested messages with a oneof', () => {
    const fields = { 1: 'id: string', 2: 'any: google.protobuf.Value' };
    const { tables, fingerprint } = createSchema(schemaSet({ T: { table: {}, fields } }));
    const { facts, fingerprint: expected } = vectors.schemaWithOneof;
    expect([fingerprintText(tables).trimEnd().split('\n'), fingerprint]).toEqual([facts, expected]);
  });
});

describe('the page', () => {
  test('has one of the transactions, byte by byte', () => {
    const block = /```text\n(0a [\s\S]*?)\ndigest (\w+)\n```/.exec(page)!;
    const bytes = block[1]!.split('\n').map((line) => line.split('  ')[0]!.replaceAll(' ', ''));
    const { canonical, digest } = vectors.transactions[1]!;
    expect([bytes.join(''), block[2]]).toEqual([canonical, digest]);
  });

  test('has the checkpoint', () => {
    const { rows, rowCount, rowsDigest } = vectors.checkpoint;
    for (const { table, key, rowVersion, scopes, digest } of rows) {
      const names = scopes.map((scope) => scope || '(everyone)').join(' ');
      const cells = [table, key, rowVersion, names, digest].join(' ');
      expect(page.replaceAll(/ +/g, ' ')).toContain(`\n${cells}\n`);
    }
    expect(page).toContain(`\nrow_count ${rowCount}, rows_digest ${rowsDigest}\n`);
  });

  test('has the kinds of scalar fields', () => {
    const table = page.slice(page.indexOf('| KIND WIRE |'), page.indexOf('MERGE is'));
    for (const { name, kind, wire } of Object.values(scalarForms)) {
      expect(table).toContain(name);
      if (kind === name && wire === 'varint' && name !== 'bool') continue;
      if (name.includes('fixed')) {
        expect(table).toContain(`\`${kind}\``);
        expect(name.endsWith(wire)).toBe(true);
      } else expect(table).toContain(`\`${kind} ${wire}\``);
    }
  });

  test('has the limits', () => {
    const mebi = (bytes: number) => `${bytes / 1_048_576} MiB`;
    const number = (value: number) => value.toLocaleString('en-US');
    const limits = defaultLimits;
    for (const text of [
      `| ${mebi(limits.messageBytesMax)} |`,
      `| ${number(limits.pushTransactionsMax)} transactions |`,
      `| a push by columns | ${mebi(limits.messageBytesMax)} in canonical form |`,
      `${number(limits.transactionChangesMax)} changes, ${mebi(limits.transactionBytesMax)}`,
      `| a part of a transaction | ${mebi(limits.partBytesMax)} |`,
      `those of about ${mebi(limits.pushBytesMax)} and less need no parts`,
      `a server keeps ${mebi(limits.partsBytesMax)} of parts in all`,
      `${mebi(limits.rowBytesMax)}, messages nested ${limits.nestingDepthMax} deep`,
      `, ${limits.rowScopesMax} scopes |`,
      `${limits.keyBytesMax} bytes, ${limits.scopeBytesMax} bytes`,
      `${number(limits.subscriptionItemsMax)} scopes or patterns`,
      `cursor of ${limits.cursorBytesMax / 1024} KiB`,
      `${limits.filterNodesMax} parts`,
      `more than ${limits.stampAheadMsMax / 1000} s ahead`,
      `more than ${number(limits.writerDigestsMax)} transactions ago`,
    ])
      expect(page.replaceAll('\n', ' ')).toContain(text);
  });
});
