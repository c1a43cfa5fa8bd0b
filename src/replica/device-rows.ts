import type { Seq } from '../base/seq.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { Cell, Schema } from '../schema/table-def.ts';
import { cellOf, cellsByName, systemTables, timeCell } from './system-rows.ts';
import { messageCell, messageOf } from './wire-cells.ts';

/** What a database knows of a device; `syncdb.v1.Device`. Times are in milliseconds since 1970, 0 for never. */
export interface DeviceFacts {
  readonly number: number;
  readonly id: string;
  readonly identity: string;
  readonly name: string;
  readonly platform: string;
  readonly appVersion: string;
  readonly schemaVersion: number;
  readonly schemaFingerprint: string;
  readonly relay: boolean;
  /** The bytes of `syncdb.v1.Conditions`, undefined where it said nothing. */
  readonly conditions: Uint8Array | undefined;
  readonly firstSeenMs: number;
  readonly greetedMs: number;
  readonly endedMs: number;
  readonly endReason: string;
  readonly lastInMs: number;
  readonly lastOutMs: number;
  readonly storedSeq: Seq;
  readonly sentSeq: Seq;
  readonly greetingCount: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly rowsOut: number;
  readonly committedCount: number;
  readonly refusedCount: number;
  readonly conflictCount: number;
}

type FactOf<Type> = {
  [Name in keyof DeviceFacts]: DeviceFacts[Name] extends Type ? Name : never;
}[keyof DeviceFacts];

/** The columns of each kind, by the name of the fact. */
const texts: Readonly<Record<FactOf<string>, string>> = {
  id: 'id',
  identity: 'identity',
  name: 'name',
  platform: 'platform',
  appVersion: 'app_version',
  schemaFingerprint: 'schema_fingerprint',
  endReason: 'end_reason',
};
const small = { number: 'number', schemaVersion: 'schema_version' } as const;
const times = {
  firstSeenMs: 'first_seen_at',
  greetedMs: 'greeted_at',
  endedMs: 'ended_at',
  lastInMs: 'last_in_at',
  lastOutMs: 'last_out_at',
} as const;
const large: Readonly<
  Record<Exclude<FactOf<number>, keyof typeof small | keyof typeof times>, string>
> = {
  storedSeq: 'stored_seq',
  sentSeq: 'sent_seq',
  greetingCount: 'greeting_count',
  bytesIn: 'bytes_in',
  bytesOut: 'bytes_out',
  rowsOut: 'rows_out',
  committedCount: 'committed_count',
  refusedCount: 'refused_count',
  conflictCount: 'conflict_count',
};

/** The row of a device. */
export function deviceCells(schema: Schema, facts: DeviceFacts): Cell[] {
  const { device } = systemTables(schema);
  const values: Record<string, Cell> = {
    relay: facts.relay,
    conditions: messageCell(device, 'conditions', facts.conditions),
  };
  for (const [fact, column] of namesIn(texts)) values[column] = facts[fact];
  for (const [fact, column] of namesIn(small)) values[column] = facts[fact];
  for (const [fact, column] of namesIn(large)) values[column] = BigInt(facts[fact]);
  for (const [fact, column] of namesIn(times)) {
    values[column] = facts[fact] === 0 ? null : timeCell(facts[fact]);
  }
  return cellsByName(device, values);
}

/** The devices that a state has, in no particular order. */
export function devicesIn(state: CommittedState): DeviceFacts[] {
  const { device } = systemTables(state.schema);
  const { columns } = state.table(device);
  const found: DeviceFacts[] = [];
  for (let slot = 0; slot < columns.slotEnd; slot++) {
    if (columns.isLive(slot)) found.push(deviceOf(state.schema, columns.row(slot)));
  }
  return found;
}

function deviceOf(schema: Schema, cells: readonly Cell[]): DeviceFacts {
  const { device } = systemTables(schema);
  const cell = (name: string) => cellOf(device, cells, name);
  const facts: Record<string, unknown> = {
    relay: cell('relay') === true,
    conditions: messageOf(cell('conditions')),
  };
  for (const [fact, column] of namesIn(texts)) facts[fact] = String(cell(column));
  for (const [fact, column] of namesIn(small)) facts[fact] = Number(cell(column));
  for (const [fact, column] of namesIn(large)) facts[fact] = Number(cell(column));
  for (const [fact, column] of namesIn(times)) facts[fact] = msOf(cell(column));
  return facts as unknown as DeviceFacts;
}

function namesIn<Name extends string>(columns: Readonly<Record<Name, string>>): [Name, string][] {
  return Object.entries(columns) as [Name, string][];
}

const msOf = (cell: Cell) => (cell === null ? 0 : Number((cell as bigint) / 1_000_000n));
