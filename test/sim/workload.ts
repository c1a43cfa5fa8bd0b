import { ByteWriter } from '../../src/base/bytes.ts';
import type { Operation } from '../../src/change/transaction.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { deleteEdit, type Edit, patchEdit, putEdit, type Values } from '../support/sim-schema.ts';
import type { Prng } from './prng.ts';
import type { Taste } from './swarm.ts';
import { inspectionTable, stationTable } from './world.ts';

/** An edit beside what it means, for a model that does not read bytes. */
export interface PlainEdit {
  readonly edit: Edit;
  readonly table: TableDef;
  readonly key: string;
  readonly values: Values;
}

export const stations = ['s1', 's2', 's3'] as const;

/** What clients ask to hold. */
export const wishes: readonly (readonly string[])[] = [
  [],
  ['station/s1'],
  ['station/*'],
  ['station/s2', 'station/s3'],
  ['station/s1', 'station/s2', 'station/s3'],
];

/** The same where nobody but relays holds everything: rows come to each, and leave. */
export const narrowWishes: typeof wishes = [
  ['station/s1'],
  ['station/s2'],
  ['station/s2', 'station/s3'],
];

/** The edits of one transaction. Keys are few, so that edits meet. */
export function randomEdits(random: Prng, taste: Taste): PlainEdit[] {
  const count = random.chance(0.25) ? 2 + random.below(3) : 1;
  return Array.from({ length: count }, () => randomEdit(random, taste));
}

/** Those that there may be. */
export function inspectionKeys({ keys }: Pick<Taste, 'keys'>): string[] {
  return Array.from({ length: keys }, (_, index) => `k${index}`);
}

/** An inspection goes to another station, and so to another scope. */
export function moveEdits(key: string, station: string): PlainEdit[] {
  return [edited('patch', inspectionTable, key, { station_id: station })];
}

/** What a put or a patch makes of one before it, of the same row. */
export function together(earlier: PlainEdit, later: PlainEdit): PlainEdit {
  const { table, key } = earlier;
  if (later.edit.operation === 'put') return later;
  const { operation } = earlier.edit;
  return edited(operation, table, key, { ...earlier.values, ...later.values });
}

function randomEdit(random: Prng, { keys, deletes, puts, moves, patches }: Taste): PlainEdit {
  if (random.chance(0.2)) {
    const key = random.pick(stations);
    if (random.chance(0.15)) return edited('delete', stationTable, key);
    const name = `n${random.below(1_000)}`;
    return edited(random.chance(0.5) ? 'put' : 'patch', stationTable, key, { name });
  }
  const key = `k${random.below(keys)}`;
  const choice = random.below(deletes + puts + moves + patches);
  if (choice < deletes) return edited('delete', inspectionTable, key);
  const station = { station_id: random.pick(stations) };
  if (choice < deletes + puts) {
    return edited('put', inspectionTable, key, { ...station, ...randomFields(random) });
  }
  if (choice < deletes + puts + moves) return edited('patch', inspectionTable, key, station);
  return edited('patch', inspectionTable, key, randomFields(random));
}

/** At least one field. Notes that are too long are refused. */
function randomFields(random: Prng): Values {
  const number = random.below(1_000);
  const fields: Record<string, Cell> = {
    status: random.below(3),
    notes: random.chance(0.05) ? 'x'.repeat(201) : `note ${number}`,
    visits: number,
    temperature: random.chance(0.3) ? null : number / 10,
    due: random.chance(0.3) ? null : BigInt(number) * 1_000_000_000n,
    labels: random.chance(0.3) ? null : labelsCell(`l${number}`, 'all'),
  };
  const names = Object.keys(fields);
  const kept = names.filter(() => random.chance(0.3));
  if (kept.length === 0) kept.push(random.pick(names));
  return Object.fromEntries(kept.map((name) => [name, fields[name]!]));
}

const editMakers: Readonly<
  Record<Operation, (table: TableDef, key: string, values: Values) => Edit>
> = { put: putEdit, patch: patchEdit, delete: deleteEdit };

function edited(
  operation: Operation,
  table: TableDef,
  key: string,
  values: Values = {},
): PlainEdit {
  return { edit: editMakers[operation](table, key, values), table, key, values };
}

/** A repeated string: the records of the field. */
function labelsCell(...labels: readonly string[]): Uint8Array {
  const out = new ByteWriter();
  const { number } = inspectionTable.columnByName.get('labels')!;
  for (const label of labels) {
    out.varint(number * 8 + 2);
    out.lengthText(label);
  }
  return out.finish();
}
