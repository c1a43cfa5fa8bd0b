/** What both of the command-line clients are asked: requests and answers as JSON. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const inspectionTable = 'test.v1.Inspection';
const inspectionType = `type.googleapis.com/${inspectionTable}`;

/** A row as people write it. The 64-bit numbers and the time have forms of their own in JSON. */
export const inspectionRow = {
  '@type': inspectionType,
  id: 'valve-1',
  stationId: 'north',
  status: 'INSPECTION_STATUS_OPEN',
  notes: 'Naïve — ok?',
  temperature: -1.5,
  due: '2026-05-01T10:00:00Z',
  labels: ['valve', 'line 7'],
};

/** The start of every request of SyncService, from what `ListDatabases` answered. */
export function handshakeFrom(answer: JsonObject | undefined, replicaId: string): JsonObject {
  const databases = (answer?.databases ?? []) as { name: string; schema: JsonObject }[];
  const schema = databases.find(({ name }) => name === 'interop')?.schema;
  if (schema === undefined) throw new Error(`no database interop in ${JSON.stringify(answer)}`);
  return { protocolMin: 1, protocolMax: 1, database: 'interop', schema, replicaId };
}

export function pushOf(handshake: JsonObject, counter: number, row: JsonObject): JsonObject {
  const change = { operation: 'OPERATION_PUT', row };
  return {
    handshake,
    transactions: [{ replicaId: handshake.replicaId!, counter, changes: [change] }],
  };
}

export function pullOf(handshake: JsonObject): JsonObject {
  return { handshake, subscription: { scopes: ['station/north'] } };
}

export const openInspections: JsonObject = {
  database: 'interop',
  table: inspectionTable,
  filter: {
    compare: {
      field: 'status',
      operation: 'COMPARISON_OPERATOR_EQUAL',
      values: ['INSPECTION_STATUS_OPEN'],
    },
  },
};

/** Splits what a tool printed: one JSON object after the other, each beginning at the start of a line. */
export function jsonObjects(text: string): JsonObject[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  return trimmed.split(/(?<=^\})\n/m).map((part) => JSON.parse(part) as JsonObject);
}

/** Throws unless `actual` has all that `expected` has, to any depth; lists must be of the same length. */
export function requireMatch(actual: Json | undefined, expected: Json, path = 'it'): void {
  if (typeof expected !== 'object' || expected === null) {
    if (actual === expected) return;
    throw new Error(`${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
  }
  const isAlike = Array.isArray(expected)
    ? Array.isArray(actual) && actual.length === expected.length
    : typeof actual === 'object' && actual !== null;
  if (!isAlike) {
    throw new Error(`${path} is ${JSON.stringify(actual)}, not like ${JSON.stringify(expected)}`);
  }
  for (const [key, value] of Object.entries(expected)) {
    requireMatch((actual as JsonObject)[key], value, `${path}.${key}`);
  }
}
