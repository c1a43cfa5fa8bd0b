import { gzipSync } from 'node:zlib';
import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';
import type { Client } from '../../src/index.ts';

/** What rows take as JSON, in bytes. */
export interface JsonSize {
  readonly plain: number;
  /** As a web server would compress it. */
  readonly zipped: number;
}

export function jsonSize(rows: readonly unknown[]): JsonSize {
  if (rows.length === 0) return { plain: 0, zipped: 0 };
  const text = JSON.stringify(rows);
  return { plain: Buffer.byteLength(text), zipped: gzipSync(text).length };
}

/** All rows of these tables that a device shows, in the order of their keys, as JSON. */
export function shownRows(client: Client, tables: readonly DescMessage[]): unknown[] {
  return tables.flatMap((desc) => {
    const { rows } = client.table(desc).query();
    return rows.map((row) => toJson(desc, row as MessageShape<DescMessage>));
  });
}
