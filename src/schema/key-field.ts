import { type DescField, type DescMessage, getOption } from '@bufbuild/protobuf';
import { field as fieldOption } from '../../gen/es/syncdb/v1/options_pb.ts';
import { unsupportedBecause } from './nested-fields.ts';
import type { SchemaProblems } from './problems.ts';
import { scalarForms } from './scalar-forms.ts';

/** The field that is a table's key: the one with the option `key`, else the one named `id`. */
export function keyField(message: DescMessage, problems: SchemaProblems): DescField | undefined {
  const marked = message.fields.filter((field) => getOption(field, fieldOption).key);
  for (const extra of marked.slice(1)) {
    problems.add(extra, 'SEVERAL_KEYS', `${marked[0]!.name} is the key already; a table has one`);
  }
  const key = marked[0] ?? message.fields.find((field) => field.name === 'id');
  if (key === undefined) {
    const description = 'has no key: name a field `id`, or mark one with (syncdb.v1.field).key';
    problems.add(message, 'NO_KEY', description);
    return undefined;
  }
  const unfit = unfitAsKey(key);
  if (unfit === undefined) return key;
  problems.add(key, 'BAD_KEY_TYPE', `cannot be the key: ${unfit}`);
  return undefined;
}

/** Why a field cannot be a key, or undefined. */
function unfitAsKey(field: DescField): string | undefined {
  if (field.fieldKind !== 'scalar' && field.fieldKind !== 'enum') {
    return 'a key is one string, integer, bool, enum or bytes';
  }
  if (field.fieldKind === 'scalar') {
    const { kind, name } = scalarForms[field.scalar];
    if (kind === 'float' || kind === 'double')
      return `two numbers of type ${name} may only seem equal`;
  }
  if (field.oneof !== undefined) return 'a member of a oneof may be absent';
  // In proto2 and the editions every field has presence unless told otherwise; that of a key is not observed.
  if (field.proto.proto3Optional) return 'an optional field may be absent';
  return unsupportedBecause(field);
}

/** The keys of all tables, by full name; undefined where a table has none that is fit. */
export type KeyFields = ReadonlyMap<string, DescField | undefined>;

/** The full name of the table that a field's option `references` means, checked to be there and to fit. */
export function resolveReference(
  field: DescField,
  keys: KeyFields,
  problems: SchemaProblems,
): string | undefined {
  const { references } = getOption(field, fieldOption);
  if (references === '') return undefined;
  const { package: packageName } = field.parent.file.proto;
  const target = [`${packageName}.${references}`, references].find((name) => keys.has(name));
  if (target === undefined) {
    problems.add(field, 'UNKNOWN_REFERENCE', `references ${references}, which is no table`);
    return undefined;
  }
  const key = keys.get(target);
  if (key !== undefined && storedKind(key) !== storedKind(field)) {
    const description = `holds ${storedKind(field)}, but the key of ${target} is ${storedKind(key)}`;
    problems.add(field, 'REFERENCE_TYPE', description);
  }
  return target;
}

function storedKind(field: DescField): string {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarForms[field.scalar].kind;
    case 'enum':
      return field.enum.typeName;
    default:
      return `a ${field.fieldKind}`;
  }
}
