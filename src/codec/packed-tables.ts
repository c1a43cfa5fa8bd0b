import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { encodeUtf8 } from '../base/utf8.ts';

/** The names of tables as version 2 of `packedFormat` has them; `team` are those that both sides know, in ascending order. */
export function writeTables(
  out: ByteWriter,
  names: readonly string[],
  team: readonly string[],
): void {
  out.varint(names.length);
  for (const name of names) {
    const place = team.indexOf(name);
    if (place >= 0) out.varint(2 * place);
    else {
      const text = encodeUtf8(name);
      out.varint(2 * text.length + 1);
      out.bytes(text);
    }
  }
}

/** What `writeTables` wrote. DATA_LOSS MALFORMED_BYTES where it cannot have. */
export function readTables(reader: ByteReader, team: readonly string[]): string[] {
  const names: string[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const head = reader.varint();
    const half = Math.floor(head / 2);
    const name = head % 2 === 0 ? team[half] : reader.text(half);
    if (name === undefined) throw reader.fail('there is no table at this place');
    names.push(name);
  }
  return names;
}
