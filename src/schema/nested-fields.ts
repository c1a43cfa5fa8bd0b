import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import type { SchemaProblems } from './problems.ts';
import { enumForm, type ScalarForm, scalarForms } from './scalar-forms.ts';
import type { NestedField, NestedMessage, NestedScalar } from './table-def.ts';

/** Builds what wire columns may contain, each message type once, so that recursive types end. */
export class NestedFields {
  private readonly problems: SchemaProblems;
  private readonly messages = new Map<DescMessage, NestedMessage>();

  constructor(problems: SchemaProblems) {
    this.problems = problems;
  }

  of(field: DescField): NestedField {
    switch (field.fieldKind) {
      case 'scalar':
        return { repeated: false, map: false, element: scalar(scalarForms[field.scalar]) };
      case 'enum':
        return { repeated: false, map: false, element: scalar(enumForm) };
      case 'message':
        return { repeated: false, map: false, element: this.message(field.message) };
      case 'list':
        return { repeated: true, map: false, element: this.element(field) };
      case 'map':
        return { repeated: true, map: true, element: this.mapEntry(field) };
    }
  }

  /** The element of a list, or the value of a map. */
  private element(field: DescField & { fieldKind: 'list' | 'map' }): NestedScalar | NestedMessage {
    if (field.message !== undefined) return this.message(field.message);
    return scalar(field.scalar === undefined ? enumForm : scalarForms[field.scalar]);
  }

  /** A map is a list of messages with `key` (1) and `value` (2). */
  private mapEntry(field: DescField & { fieldKind: 'map' }): NestedMessage {
    const key: NestedField = {
      repeated: false,
      map: false,
      element: scalar(scalarForms[field.mapKey]),
    };
    const value: NestedField = { repeated: false, map: false, element: this.element(field) };
    return {
      type: 'message',
      name: `${field.parent.typeName}.${field.name}`,
      fields: new Map([
        [1, key],
        [2, value],
      ]),
      oneofs: new Map(),
    };
  }

  private message(desc: DescMessage): NestedMessage {
    const known = this.messages.get(desc);
    if (known !== undefined) return known;
    const fields = new Map<number, NestedField>();
    const oneofs = oneofsOf(desc);
    const message: NestedMessage = { type: 'message', name: desc.typeName, fields, oneofs };
    this.messages.set(desc, message);
    for (const field of [...desc.fields].sort((a, b) => a.number - b.number)) {
      const unsupported = unsupportedBecause(field);
      if (unsupported === undefined) fields.set(field.number, this.of(field));
      else this.problems.add(field, 'UNSUPPORTED_FIELD', unsupported);
    }
    return message;
  }
}

function oneofsOf(desc: DescMessage): ReadonlyMap<number, number> {
  const groups = desc.oneofs.map(({ fields }) => fields.map(({ number }) => number));
  return new Map(
    groups
      .filter((members) => members.length > 1)
      .flatMap((members) => members.map((number) => [number, Math.min(...members)])),
  );
}

/** Why no row may have this field, or undefined. */
export function unsupportedBecause(field: DescField): string | undefined {
  const delimited =
    (field.fieldKind === 'message' ||
      (field.fieldKind === 'list' && field.listKind === 'message')) &&
    field.delimitedEncoding;
  if (delimited) return 'is a group; use a length-prefixed message';
  if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) {
    return 'is required, which no later version could undo; make it optional';
  }
  return undefined;
}

function scalar(form: ScalarForm): NestedScalar {
  return { type: 'scalar', kind: form.kind, wire: form.wire };
}
