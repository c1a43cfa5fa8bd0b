import * as pb from '../../gen/ts/syncdb/v1/data_service.ts';
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { digest64 } from '../base/digest.ts';
import { invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { decodeBase64Url, encodeBase64Url } from '../schema/base64url.ts';
import { canonicalCell } from '../schema/cell.ts';
import { keyCell } from '../schema/key.ts';
import type { Cell, ColumnDef, TableDef } from '../schema/table-def.ts';
import type { Keyset, OrderBy } from '../table/row-order.ts';

/** `T` and the version of the format. */
const magic = [0x54, 0x01] as const;

/** How a cell stands in a token. */
const Form = { none: 0, no: 1, yes: 2, double: 3, integer: 4, text: 5, bytes: 6 } as const;

/**
 * The token of the page that comes behind `place`, for the same request again: Base64 for URLs of magic, version, the
 * query's digest, the cells and the key. It holds nothing that its reader was not sent in the last row of its page.
 */
export function pageTokenOf(request: pb.QueryRequest, place: Keyset): string {
  const out = new ByteWriter();
  for (const byte of magic) out.u8(byte);
  out.fixed64(digestOfQuery(request));
  out.varint(place.cells.length);
  for (const cell of place.cells) writeCell(out, cell);
  out.lengthText(place.key);
  return encodeBase64Url(out.peek());
}

/**
 * The place that the request's token names. INVALID_ARGUMENT BAD_PAGE_TOKEN where it is no token, or of another query,
 * or its cells do not fit the columns that this one orders by.
 */
export function placeOfPageToken(
  request: pb.QueryRequest,
  table: TableDef,
  orderBy: readonly OrderBy[],
  limits: Limits,
): Keyset {
  const bytes = decodeBase64Url(request.pageToken);
  if (bytes === undefined) throw badPageToken('is no page token');
  const columns = orderBy.map(({ column }) => table.columns[column]!);
  try {
    const reader = new ByteReader(bytes, 'page token');
    return readPlace(reader, digestOfQuery(request), table, columns, limits);
  } catch (error) {
    throw error instanceof SyncError ? badPageToken('is not of a page of this query') : error;
  }
}

/** What makes two requests the same query: all but the limit and the page. */
function digestOfQuery(request: pb.QueryRequest): bigint {
  const same = { ...request, limit: 0, pageToken: '' };
  const { high, low } = digest64(pb.QueryRequest.encode(same).finish());
  return (BigInt(high) << 32n) | BigInt(low);
}

function readPlace(
  reader: ByteReader,
  digest: bigint,
  table: TableDef,
  columns: readonly ColumnDef[],
  limits: Limits,
): Keyset {
  for (const byte of magic) if (reader.u8() !== byte) throw reader.fail('no magic');
  if (reader.fixed64() !== digest) throw reader.fail('another query');
  if (reader.varint() !== columns.length) throw reader.fail('another order');
  const cells = columns.map((column) => {
    const cell = readCell(reader);
    if (cell === null && !column.presence) throw reader.fail('a cell is missing');
    return canonicalCell(column, cell, limits);
  });
  const key = reader.lengthText();
  keyCell(table, key, limits);
  if (!reader.done) throw reader.fail('bytes are left over');
  return { cells, key };
}

function writeCell(out: ByteWriter, cell: Cell): void {
  if (cell === null) out.u8(Form.none);
  else if (typeof cell === 'boolean') out.u8(cell ? Form.yes : Form.no);
  else if (typeof cell === 'number') {
    out.u8(Form.double);
    out.double(cell);
  } else if (typeof cell === 'bigint') {
    // Times take more than 64 bits.
    out.u8(Form.integer);
    out.lengthText(String(cell));
  } else if (typeof cell === 'string') {
    out.u8(Form.text);
    out.lengthText(cell);
  } else {
    out.u8(Form.bytes);
    out.lengthBytes(cell);
  }
}

const integerForm = /^-?[0-9]{1,30}$/;

function readCell(reader: ByteReader): Cell {
  switch (reader.u8()) {
    case Form.none:
      return null;
    case Form.no:
      return false;
    case Form.yes:
      return true;
    case Form.double:
      return reader.double();
    case Form.integer: {
      const text = reader.lengthText();
      if (!integerForm.test(text)) throw reader.fail('no integer');
      return BigInt(text);
    }
    case Form.text:
      return reader.lengthText();
    case Form.bytes:
      return reader.lengthBytes().slice();
    default:
      throw reader.fail('unknown form');
  }
}

function badPageToken(description: string): SyncError {
  return invalidField('page_token', 'BAD_PAGE_TOKEN', description);
}
