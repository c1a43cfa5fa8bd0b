/** Reads one TypeScript source into what the rules ask about. */
import { parseAst } from 'vitest/node';

/** A place where a source refers to something, with its line, which starts at 1. */
export interface Mention {
  readonly name: string;
  readonly line: number;
}

export interface Source {
  /** The path from the repository's folder, with slashes: `src/base/bytes.ts`. */
  readonly path: string;
  /** The modules it imports and exports from, types included, as written. */
  readonly imports: readonly Mention[];
  /** The modules it starts or reads by `new URL('./other.ts', import.meta.url)`, as written. */
  readonly urls: readonly Mention[];
  /** Identifiers that stand for a value or a type: not the names of members, keys and labels. `Math.x` is one. */
  readonly references: readonly Mention[];
  /** `async`, `await` and `for await`. */
  readonly asyncs: readonly Mention[];
  readonly defaultExports: readonly Mention[];
  /** True where there is a function, so something that a test can be about. */
  readonly hasLogic: boolean;
  readonly lineCount: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** Parses `text`; throws on what is not TypeScript. */
export function readSource(path: string, text: string): Source {
  const found = {
    imports: [] as Mention[],
    urls: [] as Mention[],
    references: [] as Mention[],
    asyncs: [] as Mention[],
    defaultExports: [] as Mention[],
    hasLogic: false,
  };
  const lineOf = (node: Node) => text.slice(0, node.start).split('\n').length;
  const add = (list: Mention[], name: string, node: Node) =>
    list.push({ name, line: lineOf(node) });

  walk(parseAst(text, { lang: 'ts' }) as unknown as Node, undefined, (node, parent, key) => {
    if (isNode(node.source) && typeof node.source.value === 'string') {
      add(found.imports, node.source.value, node);
    }
    if (node.async === true) add(found.asyncs, 'async', node);
    if (node.type === 'AwaitExpression' || node.await === true) add(found.asyncs, 'await', node);
    if (node.type === 'ExportDefaultDeclaration' || exportsAsDefault(node)) {
      add(found.defaultExports, 'default', node);
    }
    if (isModuleUrl(node)) {
      for (const url of relativeStrings((node.arguments as Node[])[0])) add(found.urls, url, node);
    }
    if (isFunction(node)) found.hasLogic = true;
    if (node.type === 'Identifier' && parent !== undefined && isReference(parent, key)) {
      add(found.references, referenceName(node, parent, key), node);
    }
  });
  return { path, ...found, lineCount: text.replace(/\n$/, '').split('\n').length };
}

type Visit = (node: Node, parent: Node | undefined, key: string) => void;

function walk(node: Node, parent: Node | undefined, visit: Visit, key = ''): void {
  visit(node, parent, key);
  for (const [childKey, child] of Object.entries(node)) {
    for (const item of Array.isArray(child) ? child : [child]) {
      if (isNode(item)) walk(item, node, visit, childKey);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function isFunction(node: Node): boolean {
  // Signatures without a body, as in interfaces and overloads, have types of their own.
  return /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

function exportsAsDefault(node: Node): boolean {
  return (
    node.type === 'ExportSpecifier' && isNode(node.exported) && node.exported.name === 'default'
  );
}

function isModuleUrl(node: Node): boolean {
  return node.type === 'NewExpression' && isNode(node.callee) && node.callee.name === 'URL';
}

/**
 * The relative paths in an argument. One with an ending to be filled in, as a worker has that is a `.ts` here and a
 * `.js` when emitted, is given the ending of a source.
 */
function relativeStrings(node: Node | undefined): string[] {
  const strings: string[] = [];
  if (node === undefined) return strings;
  walk(node, undefined, ({ type, value }) => {
    if (type === 'Literal' && typeof value === 'string' && value.startsWith('.')) {
      strings.push(value);
    }
    const cooked = type === 'TemplateElement' ? (value as { cooked: string }).cooked : '';
    if (cooked.startsWith('.')) strings.push(/\.[jt]s$/.test(cooked) ? cooked : `${cooked}.ts`);
  });
  return strings;
}

/** The keys under which a parent holds a plain name rather than a reference, unless it is computed. */
const nameKeys = new Map<string, readonly string[]>([
  ['MemberExpression', ['property']],
  ['Property', ['key']],
  ['MethodDefinition', ['key']],
  ['PropertyDefinition', ['key']],
  ['AccessorProperty', ['key']],
  ['TSAbstractMethodDefinition', ['key']],
  ['TSAbstractPropertyDefinition', ['key']],
  ['TSPropertySignature', ['key']],
  ['TSMethodSignature', ['key']],
  ['TSEnumMember', ['id']],
  ['TSQualifiedName', ['right']],
  ['TSNamedTupleMember', ['label']],
  ['ImportSpecifier', ['imported']],
  ['ExportSpecifier', ['exported']],
  ['LabeledStatement', ['label']],
  ['BreakStatement', ['label']],
  ['ContinueStatement', ['label']],
  ['MetaProperty', ['meta', 'property']],
]);

function isReference(parent: Node, key: string): boolean {
  return parent.computed === true || !nameKeys.get(parent.type)?.includes(key);
}

/** `Math` is judged by the member that is used, so its reference is `Math.max`, say, where that is plain. */
function referenceName(node: Node, parent: Node, key: string): string {
  const name = String(node.name);
  const isMember = parent.type === 'MemberExpression' && key === 'object';
  if (name !== 'Math' || !isMember || parent.computed === true) return name;
  return `Math.${String((parent.property as Node).name)}`;
}
