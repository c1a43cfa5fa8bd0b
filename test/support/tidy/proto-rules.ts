/** The rules of the protos: documented to the last value, and named for every generator that will meet them. */
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
  FileOptions,
  ServiceDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import { fieldWords, typeWords } from './proto-words.ts';

/** An element of a proto file, with the path under which its comments stand in the source info. */
interface Element {
  readonly kind: 'message' | 'field' | 'oneof' | 'enum' | 'enum value' | 'service' | 'rpc';
  readonly name: string;
  readonly path: readonly number[];
}

/** Where a file's messages, enums, services and extensions stand; numbers of fields in descriptor.proto. */
const inFile = { message: 4, enum: 5, service: 6, extension: 7 } as const;
const inMessage = { field: 2, message: 3, enum: 4, extension: 6, oneof: 8 } as const;
const inEnum = { value: 2 } as const;
const inService = { rpc: 2 } as const;

const wantedOptions: readonly (keyof FileOptions)[] = [
  'goPackage',
  'javaPackage',
  'javaMultipleFiles',
  'swiftPrefix',
  'objcClassPrefix',
  'csharpNamespace',
];

/** Returns one line for each breach. `file` must have its source info. */
export function protoFindings(file: FileDescriptorProto): string[] {
  return [
    ...wantedOptions
      .filter((option) => !file.options || !Object.hasOwn(file.options, option))
      .map((option) => `${file.name}: the option ${snakeCase(option)} is not set`),
    ...elementsOf(file).flatMap((element) => elementFindings(file, element)),
    ...enumsOf(file)
      .filter((type) => !type.value[0]?.name.endsWith('_UNSPECIFIED'))
      .map((type) => `${file.name}: the zero of enum ${type.name} is not named _UNSPECIFIED`),
  ];
}

function elementFindings(file: FileDescriptorProto, { kind, name, path }: Element): string[] {
  const what = `${file.name}: ${kind} ${name}`;
  const findings = isDocumented(file, path) ? [] : [`${what} has no comment`];
  const simple = name.slice(name.lastIndexOf('.') + 1);
  const isMember = kind === 'field' || kind === 'oneof' || kind === 'rpc';
  const isType = kind === 'message' || kind === 'enum' || kind === 'service';
  if ((isMember && fieldWords.has(snakeCase(simple))) || (isType && typeWords.has(simple))) {
    findings.push(`${what} clashes with a word of some language`);
  }
  return findings;
}

function isDocumented(file: FileDescriptorProto, path: readonly number[]): boolean {
  return (file.sourceCodeInfo?.location ?? []).some(
    (location) =>
      location.path.length === path.length &&
      location.path.every((step, index) => step === path[index]) &&
      `${location.leadingComments}${location.trailingComments}`.trim() !== '',
  );
}

function elementsOf(file: FileDescriptorProto): Element[] {
  return [
    ...file.messageType.flatMap((m, i) => messageElements(m, m.name, [inFile.message, i])),
    ...file.enumType.flatMap((type, i) => enumElements(type, type.name, [inFile.enum, i])),
    ...file.service.flatMap((service, i) => serviceElements(service, [inFile.service, i])),
    ...file.extension.map((field, i) => fieldElement(field, '', [inFile.extension, i])),
  ];
}

function messageElements(
  message: DescriptorProto,
  name: string,
  path: readonly number[],
): Element[] {
  // The entry types of maps, and the oneofs of optional fields, are the compiler's and nobody's to document.
  if (message.options?.mapEntry === true) return [];
  const isReal = (oneof: number) =>
    message.field.some((field) => isInOneof(field, oneof) && !field.proto3Optional);
  return [
    { kind: 'message', name, path },
    ...message.field.map((field, i) =>
      fieldElement(field, `${name}.`, [...path, inMessage.field, i]),
    ),
    ...message.extension.map((f, i) =>
      fieldElement(f, `${name}.`, [...path, inMessage.extension, i]),
    ),
    ...message.oneofDecl.flatMap((oneof, i): Element[] =>
      isReal(i)
        ? [{ kind: 'oneof', name: `${name}.${oneof.name}`, path: [...path, inMessage.oneof, i] }]
        : [],
    ),
    ...message.nestedType.flatMap((nested, i) =>
      messageElements(nested, `${name}.${nested.name}`, [...path, inMessage.message, i]),
    ),
    ...message.enumType.flatMap((type, i) =>
      enumElements(type, `${name}.${type.name}`, [...path, inMessage.enum, i]),
    ),
  ];
}

function isInOneof(field: FieldDescriptorProto, oneof: number): boolean {
  return Object.hasOwn(field, 'oneofIndex') && field.oneofIndex === oneof;
}

function fieldElement(
  field: FieldDescriptorProto,
  prefix: string,
  path: readonly number[],
): Element {
  return { kind: 'field', name: `${prefix}${field.name}`, path };
}

function enumElements(type: EnumDescriptorProto, name: string, path: readonly number[]): Element[] {
  return [
    { kind: 'enum', name, path },
    ...type.value.map((value, i): Element => {
      return {
        kind: 'enum value',
        name: `${name}.${value.name}`,
        path: [...path, inEnum.value, i],
      };
    }),
  ];
}

function serviceElements(service: ServiceDescriptorProto, path: readonly number[]): Element[] {
  return [
    { kind: 'service', name: service.name, path },
    ...service.method.map((method, i): Element => {
      return {
        kind: 'rpc',
        name: `${service.name}.${method.name}`,
        path: [...path, inService.rpc, i],
      };
    }),
  ];
}

function enumsOf(scope: FileDescriptorProto | DescriptorProto): EnumDescriptorProto[] {
  const messages = 'messageType' in scope ? scope.messageType : scope.nestedType;
  return [...scope.enumType, ...messages.flatMap(enumsOf)];
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');
}
