import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
  toBinary,
} from '@bufbuild/protobuf';
import {
  TransactionSchema,
  type Transaction as WrittenTransaction,
} from '../../../gen/es/syncdb/v1/data_pb.ts';
import { Change, Operation, Transaction } from '../../../gen/ts/syncdb/v1/data.ts';
import { fieldNamed } from './row-json.ts';

/** What a push sends: a replica's transaction, or edits that are written as a backend service's. */
export type PushItem =
  | { readonly kind: 'transaction'; readonly transaction: Transaction }
  | { readonly kind: 'edits'; readonly changes: readonly Change[] };

/** A table by the name that somebody gave it. */
export interface EditTable {
  readonly desc: DescMessage;
  /** Name of the key's field, as in the proto file. */
  readonly keyField: string;
}

export interface EditReaderOptions {
  readonly registry: Registry;
  /** The table of this name; throws where there is none. */
  readonly table: (name: string) => EditTable;
  /** The table of edits that name none. */
  readonly tableDefault: string | undefined;
}

const conditions = ['ifMatch', 'ifNoneMatch'];
const operations = ['put', 'patch', 'delete'];

/** Reads transactions out of JSON: the canonical form of `syncdb.v1.Transaction`, or simple edits. Throws an Error. */
export class EditReader {
  private readonly options: EditReaderOptions;

  constructor(options: EditReaderOptions) {
    this.options = options;
  }

  /** Out of the bytes of a `syncdb.v1.Transaction`. */
  ofBytes(bytes: Uint8Array): PushItem {
    return itemOf(fromBinary(TransactionSchema, bytes));
  }

  ofJson(json: JsonValue): PushItem {
    const object = objectOf(json, 'a transaction');
    if ('edits' in object) {
      const { edits, ...others } = object;
      if (!Array.isArray(edits)) throw new Error('edits: must be a list');
      checkNames(others, []);
      return { kind: 'edits', changes: edits.map((edit) => this.change(edit)) };
    }
    if (operations.some((name) => name in object)) {
      return { kind: 'edits', changes: [this.change(object)] };
    }
    const { registry } = this.options;
    return itemOf(fromJson(TransactionSchema, object, { registry }));
  }

  private change(json: JsonValue): Change {
    const edit = objectOf(json, 'an edit');
    checkNames(edit, ['table', ...operations, ...conditions]);
    const [operation, ...others] = operations.filter((name) => name in edit);
    if (operation === undefined || others.length > 0) {
      throw new Error('an edit has one of put, patch and delete');
    }
    const name = edit.table ?? this.options.tableDefault;
    if (typeof name !== 'string') throw new Error('table: is not said, nor by --table');
    const table = this.options.table(name);
    const rest = { table: table.desc.typeName, ...conditionsOf(edit) };
    if (operation === 'delete') {
      const key = edit.delete;
      if (typeof key !== 'string' && typeof key !== 'number')
        throw new Error('delete: must be a key');
      return Change.create({ operation: Operation.DELETE, key: String(key), ...rest });
    }
    const row = objectOf(edit[operation]!, operation);
    const bytes = toBinary(
      table.desc,
      fromJson(table.desc, row, { registry: this.options.registry }),
    );
    const content = { $case: 'rowBytes', value: bytes } as const;
    if (operation === 'put') return Change.create({ operation: Operation.PUT, content, ...rest });
    const fields = fieldNumbers(table, row);
    return Change.create({ operation: Operation.PATCH, content, fields, ...rest });
  }
}

function itemOf(transaction: WrittenTransaction): PushItem {
  if (transaction.replicaId === '') throw new Error('replicaId: a transaction names its writer');
  const bytes = toBinary(TransactionSchema, transaction);
  return { kind: 'transaction', transaction: Transaction.decode(bytes) };
}

/** The fields that a patch names, null ones too, which it clears. */
function fieldNumbers({ desc, keyField }: EditTable, row: JsonObject): number[] {
  const fields = Object.keys(row).map((name) => fieldNamed(desc, name, 'patch'));
  const named = fields.filter(({ name }) => name !== keyField).map(({ number }) => number);
  if (named.length === 0) throw new Error('patch: names no field but the key');
  return named.sort((left, right) => left - right);
}

function conditionsOf({
  ifMatch,
  ifNoneMatch,
}: JsonObject): Pick<Change, 'ifMatch' | 'ifNoneMatch'> {
  if (ifMatch !== undefined && typeof ifMatch !== 'string')
    throw new Error('ifMatch: must be an etag');
  if (ifNoneMatch !== undefined && typeof ifNoneMatch !== 'boolean') {
    throw new Error('ifNoneMatch: must be true or false');
  }
  return { ifMatch: ifMatch ?? '', ifNoneMatch: ifNoneMatch ?? false };
}

function objectOf(json: JsonValue, what: string): JsonObject {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  throw new Error(`${what}: must be a JSON object`);
}

function checkNames(object: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${unknown}: is not known here`);
}
