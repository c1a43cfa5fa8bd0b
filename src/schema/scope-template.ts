import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { compareUtf8, utf8Length } from '../base/utf8.ts';
import { isScalarList, listElements } from './list-elements.ts';
import type { Cell, ColumnDef, ScopePart, ScopeTemplate, TableDef } from './table-def.ts';

/** The scope of everyone: that of the rows of a table without templates. */
export const everyoneScope = '';

/** Scope names that begin with this are SyncDB's own. */
export const systemScopeMark = '$';

/**
 * Parses a template such as `site/{site_id}/{kind}`. Calls `problem` and returns undefined where it cannot be one.
 *
 * A field in braces is a string, an integer, a bool, an enum, or a list of strings or integers. Literal text has no
 * control characters and none of `*`, `%`, `{`, `}`; it begins with `$` in system tables only. Between two fields
 * stands at least one `/`: values never hold one (`scopeValue`), so different values never make the same name.
 */
export function parseScopeTemplate(
  source: string,
  table: Pick<TableDef, 'columnByName' | 'system'>,
  problem: (description: string) => void,
): ScopeTemplate | undefined {
  const parts: ScopePart[] = [];
  // Every second piece is a name that stood in braces.
  const pieces = source.split(/\{([^{}]*)\}/);
  const wrong =
    wrongWhole(source, table.system) ??
    pieces
      .map((piece, index) => {
        if (index % 2 === 1) return addColumn(parts, piece, table);
        return addText(parts, piece, index > 0 && index < pieces.length - 1);
      })
      .find((description) => description !== undefined);
  if (wrong === undefined) return { source, parts };
  problem(`the scope template \`${source}\` ${wrong}`);
  return undefined;
}

function wrongWhole(source: string, system: boolean): string | undefined {
  if (source === '') return 'is empty; leave it out for the scope of everyone';
  if (source.startsWith(systemScopeMark) && !system)
    return 'begins with $, as only SyncDB’s own do';
  return undefined;
}

function addColumn(
  parts: ScopePart[],
  name: string,
  table: Pick<TableDef, 'columnByName'>,
): string | undefined {
  const column = table.columnByName.get(name);
  if (column === undefined) return `names \`${name}\`, which is no field of the table`;
  if (!fitsScope(column)) return `names ${name}, but ${column.typeName} cannot name a scope`;
  parts.push({ column: column.index });
  return undefined;
}

function addText(parts: ScopePart[], text: string, between: boolean): string | undefined {
  if (between && !text.includes('/')) return 'has two fields without a / between them';
  for (const character of text) {
    if (isControl(character.charCodeAt(0))) return 'has a control character';
    if ('{}*%'.includes(character)) return `has a ${character} that names no field`;
  }
  if (text !== '') parts.push({ text });
  return undefined;
}

const scopeKinds: ReadonlySet<string> = new Set([
  'string',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
  'enum',
]);

function fitsScope(column: ColumnDef): boolean {
  if (!isScalarList(column)) return scopeKinds.has(column.kind);
  const { element } = column.nested!;
  const isFlag = element.type === 'scalar' && (element.kind === 'bool' || element.kind === 'enum');
  return element.type === 'scalar' && scopeKinds.has(element.kind) && !isFlag;
}

/**
 * The scopes that hold a row: sorted by their UTF-8 bytes, each once. A table without templates gives the scope of
 * everyone. A template with an absent field, an empty string or an empty list gives none; 0 and false are values.
 * A list gives one scope for each different element.
 *
 * Raises INVALID_ARGUMENT that names the field: TOO_MANY_SCOPES beyond `limits.rowScopesMax`, SCOPE_TOO_LONG
 * beyond `limits.scopeBytesMax`.
 */
export function scopesOf(def: TableDef, cells: readonly Cell[], limits: Limits): string[] {
  if (def.scopes.length === 0) return [everyoneScope];
  const found: string[] = [];
  for (const template of def.scopes) addScopes(found, def, template, cells, limits);
  if (found.length < 2) return found;
  const unique = [...new Set(found)].sort(compareUtf8);
  if (unique.length > limits.rowScopesMax) throw tooMany('row', limits);
  return unique;
}

function addScopes(
  found: string[],
  def: TableDef,
  template: ScopeTemplate,
  cells: readonly Cell[],
  limits: Limits,
): void {
  const { parts } = template;
  // `text{column}` over a string is what nearly every template is.
  if (parts.length === 2) {
    const [first, second] = parts as readonly [ScopePart, ScopePart];
    if ('text' in first && 'column' in second) {
      const cell = cells[second.column];
      if (typeof cell === 'string') {
        if (cell === '') return;
        const name = first.text + scopeValue(cell);
        checkLength(name, def.columns[second.column]!.name, limits);
        found.push(name);
        return;
      }
    }
  }
  for (const name of expand(def, template, cells, limits)) found.push(name);
}

/** The names of one template: the product of the values of its fields. */
function expand(
  def: TableDef,
  template: ScopeTemplate,
  cells: readonly Cell[],
  limits: Limits,
): readonly string[] {
  const choices = template.parts.map((part) =>
    'text' in part ? [part.text] : valuesOf(def.columns[part.column]!, cells[part.column]!),
  );
  // An empty field first: it gives no scopes however many the others would make.
  if (choices.some((values) => values.length === 0)) return [];
  const field = fieldOf(def, template);
  let names: string[] = [''];
  for (const values of choices) {
    if (names.length * values.length > limits.rowScopesMax) throw tooMany(field, limits);
    names = names.flatMap((name) => values.map((value) => name + value));
  }
  for (const name of names) checkLength(name, field, limits);
  return names;
}

/** The different values that a cell stands for in a template, escaped. */
function valuesOf(column: ColumnDef, cell: Cell): string[] {
  if (cell === null || cell === '') return [];
  if (!(cell instanceof Uint8Array)) return [scopeValue(String(cell))];
  const texts = listElements(column, cell).map((element) => scopeValue(String(element)));
  return [...new Set(texts)].filter((text) => text !== '');
}

/**
 * How a value stands in a scope name: strings as they are, numbers in decimal, but control characters (U+0000 to
 * U+001F, U+007F) and `$`, `%`, `*`, `/` as `%` and two upper-case hexadecimal digits. So a value is never more
 * than one segment between slashes, never a pattern, and never one of SyncDB's own names.
 */
export function scopeValue(text: string): string {
  for (let index = 0; index < text.length; index++) {
    if (isEscaped(text.charCodeAt(index))) return escapeFrom(text, index);
  }
  return text;
}

function escapeFrom(text: string, start: number): string {
  let escaped = text.slice(0, start);
  for (let index = start; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    escaped += isEscaped(unit)
      ? `%${unit.toString(16).toUpperCase().padStart(2, '0')}`
      : text[index];
  }
  return escaped;
}

function isEscaped(unit: number): boolean {
  if (unit === 0x24 || unit === 0x25 || unit === 0x2a || unit === 0x2f) return true;
  return isControl(unit);
}

/** True for U+0000 to U+001F and U+007F. */
export function isControl(unit: number): boolean {
  return unit < 0x20 || unit === 0x7f;
}

function checkLength(name: string, field: string, limits: Limits): void {
  if (name.length * 3 <= limits.scopeBytesMax) return;
  if (utf8Length(name) <= limits.scopeBytesMax) return;
  const description = `makes a scope name of more than ${limits.scopeBytesMax} bytes`;
  throw invalidField(field, 'SCOPE_TOO_LONG', description);
}

function tooMany(field: string, limits: Limits) {
  const description = `puts the row in more than ${limits.rowScopesMax} scopes`;
  return invalidField(field, 'TOO_MANY_SCOPES', description);
}

/** The last field of a template, for errors. */
function fieldOf(def: TableDef, template: ScopeTemplate): string {
  const last = template.parts.findLast((part) => 'column' in part);
  return last === undefined ? 'row' : def.columns[last.column]!.name;
}
