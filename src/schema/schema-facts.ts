/** One field of a nested message, in the words of `fingerprintText`. */
export interface FieldFacts {
  /** The lowest number among the members of its oneof, or `-`. */
  readonly oneof: string;
  readonly shape: string;
}

/** One column, in the same words. */
export interface ColumnFacts extends FieldFacts {
  readonly kind: string;
  readonly wire: string;
  readonly presence: string;
}

/** What a fingerprint's text says of one table. */
export interface TableFacts {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Number of the key's field. */
  readonly key: string;
  /** By field number. */
  readonly columns: ReadonlyMap<string, ColumnFacts>;
  /** By index: a nested message's fields, by field number. */
  readonly messages: ReadonlyMap<string, ReadonlyMap<string, FieldFacts>>;
}

/** Reads what `fingerprintText` wrote, here or in the log that is opened. */
export function parseFacts(text: string): TableFacts[] {
  return text
    .split(/^(?=table )/m)
    .filter((section) => section !== '')
    .map((section) => tableFacts(section.split('\n')));
}

function tableFacts(lines: readonly string[]): TableFacts {
  const scopes: string[] = [];
  const columns = new Map<string, ColumnFacts>();
  const messages = new Map<string, Map<string, FieldFacts>>();
  let [name, key] = ['', ''];
  let fields = new Map<string, FieldFacts>();
  for (const line of lines) {
    const { word, rest } = split(line);
    if (word === 'table') name = rest;
    else if (word === 'scope') scopes.push(rest);
    else if (word === 'key') key = rest;
    else if (word === 'column') columns.set(split(rest).word, columnFacts(split(rest).rest));
    else if (word === 'message') {
      fields = new Map();
      messages.set(rest, fields);
    } else if (word === 'field') fields.set(split(rest).word, fieldFacts(split(rest).rest));
  }
  return { name, scopes, key, columns, messages };
}

/** The shape stands last, since it is of several words. The merge rule and the reference are nobody's business here. */
function columnFacts(text: string): ColumnFacts {
  const [kind, wire, presence, , oneof, , ...shape] = text.split(' ') as [
    ...[string, string, string, string, string, string],
    ...string[],
  ];
  return { kind, wire, presence, oneof, shape: shape.join(' ') };
}

function fieldFacts(text: string): FieldFacts {
  const { word: oneof, rest: shape } = split(text);
  return { oneof, shape };
}

/** The first word of a line, and what comes behind it. */
function split(line: string): { word: string; rest: string } {
  const space = line.indexOf(' ');
  return { word: line.slice(0, space), rest: line.slice(space + 1) };
}
