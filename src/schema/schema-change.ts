import type { FieldViolation } from '../base/errors.ts';
import { fingerprintText } from './fingerprint.ts';
import { type ColumnFacts, type FieldFacts, parseFacts, type TableFacts } from './schema-facts.ts';
import type { TableDef } from './table-def.ts';

/**
 * What stands between these tables and rows that were written in an older schema, whose fingerprint's text is
 * `recorded`: empty where the tables only add to it. Then every row reads the same, with defaults in the new columns.
 *
 * Each table must still be there, with the same key and scope templates, and each of its columns with the same type,
 * presence, oneof and nested messages, which may gain fields, also in a oneof: where a row holds other things under such a number, kept
 * from a client that knew more, it is found as it is read. Merge rules and references are free, because a commit holds
 * what they made of it.
 */
export function schemaChanges(recorded: string, tables: readonly TableDef[]): FieldViolation[] {
  const now = new Map(parseFacts(fingerprintText(tables)).map((facts) => [facts.name, facts]));
  const defs = new Map(tables.map((table) => [table.name, table]));
  return parseFacts(recorded).flatMap((before) => {
    const after = now.get(before.name);
    if (after === undefined) return [{ field: before.name, description: 'the table is missing' }];
    return [
      ...tableChanges(before, after),
      ...columnChanges(before, after, defs.get(before.name)!),
    ];
  });
}

/** Columns, or the fields of a nested message, by number. */
type Fields = ReadonlyMap<string, FieldFacts>;

function tableChanges(before: TableFacts, after: TableFacts): FieldViolation[] {
  const field = before.name;
  const changes: FieldViolation[] = [];
  if (before.key !== after.key) {
    const description = `the key was field ${before.key} and is field ${after.key}`;
    changes.push({ field, description });
  }
  const [was, is] = [before, after].map(({ scopes }) => scopes.join(', ') || 'none');
  if (was !== is) {
    changes.push({ field, description: `the scope templates were ${was} and are ${is}` });
  }
  return changes;
}

function columnChanges(before: TableFacts, after: TableFacts, def: TableDef): FieldViolation[] {
  const siblingsBefore = siblings(before.columns, before.columns);
  const siblingsAfter = siblings(after.columns, before.columns);
  return [...before.columns].flatMap(([number, was]) => {
    const is = after.columns.get(number);
    if (is === undefined) {
      return [{ field: def.name, description: `field ${number} is missing` }];
    }
    const changes = typeChanges(was, is);
    if (siblingsBefore.get(number) !== siblingsAfter.get(number)) {
      changes.push('has others in its oneof');
    }
    if (changes.length === 0 && !fitsShape(was.shape, is.shape, before, after, new Set())) {
      changes.push('has elements or nested messages of another shape');
    }
    if (changes.length === 0) return [];
    const field = `${def.name}.${def.columnByNumber.get(Number(number))!.name}`;
    return [{ field, description: `field ${number} ${changes.join(', and ')}` }];
  });
}

function typeChanges(was: ColumnFacts, is: ColumnFacts): string[] {
  const changes: string[] = [];
  if (was.kind !== is.kind) changes.push(`was ${was.kind} and is ${is.kind}`);
  else if (was.wire !== is.wire) changes.push(`was encoded as ${was.wire} and is as ${is.wire}`);
  if (was.presence !== is.presence) {
    changes.push(is.presence === 'maybe' ? 'can be absent now' : 'can be absent no more');
  }
  return changes;
}

/** For each field the others of its oneof, of those fields that `among` has: new members are no matter. */
function siblings(fields: Fields, among: Fields): ReadonlyMap<string, string> {
  const shared = [...fields].filter(([number]) => among.has(number));
  const membersOf = ([number, { oneof }]: (typeof shared)[number]) =>
    shared.filter(([other, facts]) => other !== number && oneof !== '-' && facts.oneof === oneof);
  return new Map(
    shared.map((field) => [
      field[0],
      membersOf(field)
        .map(([n]) => n)
        .join(),
    ]),
  );
}

/** Whether whatever one shape admitted the other does, but for fields that it did not know, however their messages are numbered. `met` ends recursive messages. */
function fitsShape(
  was: string,
  is: string,
  before: TableFacts,
  after: TableFacts,
  met: Set<string>,
): boolean {
  const [left, right] = [was, is].map((shape) => /^(one|list) message (\d+)$/.exec(shape));
  if (left == null || right == null) return was === is;
  if (left[1] !== right[1]) return false;
  const pair = `${left[2]} ${right[2]}`;
  if (met.has(pair)) return true;
  met.add(pair);
  const fieldsBefore = before.messages.get(left[2]!)!;
  const fieldsAfter = after.messages.get(right[2]!)!;
  const siblingsBefore = siblings(fieldsBefore, fieldsBefore);
  const siblingsAfter = siblings(fieldsAfter, fieldsBefore);
  return [...fieldsBefore].every(
    ([number, { shape }]) =>
      siblingsBefore.get(number) === siblingsAfter.get(number) &&
      fitsShape(shape, fieldsAfter.get(number)?.shape ?? '', before, after, met),
  );
}
