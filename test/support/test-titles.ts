/** What a file of tests really runs, read of its syntax: no comment and no string beside it is taken for a test. */
import { parseAst } from 'vitest/node';

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const runners = new Set(['describe', 'it', 'test']);
/** Such a test proves nothing. */
const idle = new Set(['skip', 'todo', 'fails']);
/** Such a test runs only where it can, and has to say so in its title. */
const conditional = new Set(['skipIf', 'runIf']);

/**
 * The titles of the tests and groups of a file, with the words of the tables of those that run for each row of one. Left out
 * are those that are skipped, with all that is in them, also where that depends and no title says why: "(skipped: …)".
 */
export function testTitles(text: string): string[] {
  const titles: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isNode(value)) return;
    const call = callOf(value);
    if (call !== undefined) {
      if (!runs(call, text)) return;
      titles.push(wordsOf(call.title), ...call.tables.flatMap(literalsOf));
    }
    for (const child of Object.values(value)) visit(child);
  };
  visit(parseAst(text, { lang: 'ts' }) as unknown);
  return titles;
}

interface TestCall {
  readonly title: Node;
  /** `skipIf` and the like. */
  readonly modifiers: readonly string[];
  /** What stands in `each(…)`. */
  readonly tables: readonly unknown[];
}

/** Undefined where it is no call of a test with a title. */
function callOf(node: Node): TestCall | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const [title] = node.arguments as Node[];
  if (title?.type !== 'Literal' && title?.type !== 'TemplateLiteral') return undefined;
  const modifiers: string[] = [];
  const tables: unknown[] = [];
  let callee = node.callee as Node;
  while (callee.type !== 'Identifier') {
    if (callee.type === 'CallExpression') {
      tables.push(callee.arguments);
      callee = callee.callee as Node;
    } else if (callee.type === 'MemberExpression') {
      modifiers.push((callee.property as Node).name as string);
      callee = callee.object as Node;
    } else return undefined;
  }
  return runners.has(callee.name as string) ? { title, modifiers, tables } : undefined;
}

function runs({ title, modifiers }: TestCall, text: string): boolean {
  if (modifiers.some((name) => idle.has(name))) return false;
  if (!modifiers.some((name) => conditional.has(name))) return true;
  return title.type === 'TemplateLiteral' && text.includes(' (skipped: ');
}

/** The text of a title; what is put into it is `…`. */
function wordsOf(title: Node): string {
  if (title.type === 'Literal') return String(title.value);
  const parts = title.quasis as { readonly value: { readonly cooked: string } }[];
  return parts.map(({ value }) => value.cooked).join('…');
}

function literalsOf(table: unknown): string[] {
  if (Array.isArray(table)) return table.flatMap(literalsOf);
  if (!isNode(table)) return [];
  if (table.type === 'Literal') return typeof table.value === 'string' ? [table.value] : [];
  return Object.values(table).flatMap(literalsOf);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
