import { type DescField, type DescMessage, getOption } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import {
  field as fieldOption,
  Merge,
  table as tableOption,
} from '../../gen/es/syncdb/v1/options_pb.ts';
import { badCodecName } from './codec-name.ts';
import { type KeyFields, resolveReference } from './key-field.ts';
import { type NestedFields, unsupportedBecause } from './nested-fields.ts';
import type { SchemaProblems } from './problems.ts';
import { scalarForms } from './scalar-forms.ts';
import type { ColumnDef, ColumnKind, MergeRule, WireForm } from './table-def.ts';
import { durationName, timestampName } from './time.ts';

/** What all tables of a schema share while they are built. */
export interface SchemaContext {
  readonly keys: KeyFields;
  readonly nested: NestedFields;
  readonly problems: SchemaProblems;
}

/** The columns of a table, by field number. Fields that no row may have are reported and left out. */
export function columnsOf(message: DescMessage, context: SchemaContext): ColumnDef[] {
  const { keys, nested, problems } = context;
  const fields = message.fields
    .filter((field) => {
      const unsupported = unsupportedBecause(field);
      if (unsupported !== undefined) problems.add(field, 'UNSUPPORTED_FIELD', unsupported);
      return unsupported === undefined;
    })
    .sort((a, b) => a.number - b.number);
  const indexes = new Map(fields.map((field, index) => [field, index]));
  const tableMerge = mergeRule(message, getOption(message, tableOption).merge, problems);
  return fields.map((field, index) => {
    const form = formOf(field);
    const { merge, codec } = getOption(field, fieldOption);
    return {
      index,
      number: field.number,
      name: field.name,
      kind: form.kind,
      wire: form.wire,
      typeName: typeNameOf(field),
      presence: field !== keys.get(message.typeName) && hasPresence(field),
      merge: mergeRule(field, merge, problems) ?? tableMerge ?? 'server-wins',
      references: resolveReference(field, keys, problems),
      codec: codecName(field, codec, problems),
      oneofSiblings: siblings(field, indexes),
      enumNumbers: field.fieldKind === 'enum' ? enumNumbers(field) : undefined,
      nested: form.kind === 'wire' ? nested.of(field) : undefined,
    };
  });
}

function formOf(field: DescField): { kind: ColumnKind; wire: WireForm } {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarForms[field.scalar];
    case 'enum':
      return { kind: 'enum', wire: 'varint' };
    case 'message': {
      const { typeName } = field.message;
      const time = typeName === timestampName || typeName === durationName;
      return time ? { kind: 'time', wire: 'time' } : { kind: 'wire', wire: 'records' };
    }
    default:
      return { kind: 'wire', wire: 'records' };
  }
}

/** The codec of the team's own that the option `codec` names; undefined where it says nothing. */
function codecName(field: DescField, codec: string, problems: SchemaProblems): string | undefined {
  if (codec === '') return undefined;
  const bad = badCodecName(codec);
  if (bad === undefined) return codec;
  problems.add(field, 'BAD_CODEC_NAME', `codec ${JSON.stringify(codec)} ${bad}`);
  return undefined;
}

/** Lists and maps have none: their empty value is null. */
function hasPresence(field: DescField): boolean {
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return false;
  return field.presence !== FeatureSet_FieldPresence.IMPLICIT;
}

function typeNameOf(field: DescField): string {
  switch (field.fieldKind) {
    case 'map':
      return `map<${scalarForms[field.mapKey].name}, ${elementName(field)}>`;
    case 'list':
      return `repeated ${elementName(field)}`;
    default:
      return elementName(field);
  }
}

function elementName(field: DescField): string {
  if (field.message !== undefined) return field.message.typeName;
  if (field.enum !== undefined) return field.enum.typeName;
  return scalarForms[field.scalar].name;
}

function siblings(field: DescField, indexes: ReadonlyMap<DescField, number>): number[] {
  const members = field.oneof?.fields ?? [];
  return members
    .filter((member) => member !== field && indexes.has(member))
    .map((member) => indexes.get(member)!)
    .sort((a, b) => a - b);
}

function enumNumbers(field: DescField & { fieldKind: 'enum' }): ReadonlyMap<string, number> {
  return new Map(field.enum.values.map((value) => [value.name, value.number]));
}

/** undefined where the options say nothing. */
function mergeRule(
  place: DescMessage | DescField,
  merge: Merge,
  problems: SchemaProblems,
): MergeRule | undefined {
  switch (merge) {
    case Merge.UNSPECIFIED:
      return undefined;
    case Merge.SERVER_WINS:
      return 'server-wins';
    case Merge.CLIENT_WINS:
      return 'client-wins';
    case Merge.LAST_WRITE_WINS:
      return 'last-write-wins';
    default:
      problems.add(place, 'UNKNOWN_MERGE_RULE', `this version knows no merge rule number ${merge}`);
      return undefined;
  }
}
