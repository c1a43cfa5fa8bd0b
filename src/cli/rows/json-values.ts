/** A JSON value as it stands in a text. */
export interface JsonText {
  /** The line where it begins, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Characters of one value. A row has a MiB; without an end a text would be read into memory as a whole. */
export const valueLengthMax = 64 << 20;

/** The lines of a text that are not blank. Raises a JsonShapeError for one above `valueLengthMax`. */
export async function* textLines(texts: AsyncIterable<string>): AsyncGenerator<JsonText> {
  let line = 1;
  let rest = '';
  for await (const text of texts) {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const found = rest + text.slice(from, end);
      rest = '';
      from = end + 1;
      if (found.trim() !== '') yield { line, text: found.replace(/\r$/, '') };
      line++;
    }
    rest += text.slice(from);
    checkLength(rest.length, line);
  }
  if (rest.trim() !== '') yield { line, text: rest };
}

/** The values of an array, or those that stand one after another. Raises a JsonShapeError where it is neither. */
export async function* jsonValues(texts: AsyncIterable<string>): AsyncGenerator<JsonText> {
  const splitter = new JsonSplitter();
  for await (const text of texts) yield* splitter.add(text);
  yield* splitter.end();
}

/** What is wrong with a text as a whole, and where. */
export class JsonShapeError extends SyntaxError {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

const isBlank = (character: string) => /\s/.test(character);

/** Cuts a text into its values by brackets and quotes alone; whether each is JSON is for others to say. */
class JsonSplitter {
  private line = 1;
  private inArray = false;
  private isOver = false;
  /** Between two values of an array a comma must stand, and nothing else. */
  private needsComma = false;
  private hasComma = false;
  private value = '';
  private valueLine = 0;
  private depth = 0;
  private inString = false;
  private isEscaped = false;

  *add(text: string): Generator<JsonText> {
    let from = 0;
    for (let index = 0; index < text.length; index++) {
      const character = text[index]!;
      if (character === '\n') this.line++;
      if (this.valueLine === 0) {
        if (!this.begins(character)) continue;
        from = index;
        this.valueLine = this.line;
      }
      const end = this.endAt(character);
      if (end === 'none') continue;
      yield this.taken(text.slice(from, end === 'before' ? index : index + 1));
      if (end === 'before') this.begins(character);
    }
    if (this.valueLine > 0) {
      this.value += text.slice(from);
      checkLength(this.value.length, this.valueLine);
    }
  }

  *end(): Generator<JsonText> {
    if (this.valueLine > 0) {
      if (this.depth > 0 || this.inString || this.inArray) {
        throw new JsonShapeError(this.valueLine, 'what begins here has no end');
      }
      yield this.taken('');
    }
    if (this.inArray && !this.isOver) throw new JsonShapeError(this.line, 'the array has no end');
  }

  private taken(last: string): JsonText {
    const taken = { line: this.valueLine, text: this.value + last };
    this.value = '';
    this.valueLine = 0;
    this.needsComma = this.inArray;
    this.hasComma = false;
    return taken;
  }

  /** Whether a value begins with this character; else it stands between values. */
  private begins(character: string): boolean {
    if (isBlank(character)) return false;
    if (this.isOver)
      throw new JsonShapeError(this.line, 'there is more behind the end of the array');
    if (this.inArray) return this.beginsInArray(character);
    if (character === '[') {
      this.inArray = true;
      return false;
    }
    if (',]}'.includes(character)) throw this.unexpected(character);
    return true;
  }

  private beginsInArray(character: string): boolean {
    if (character === ']') {
      if (this.hasComma) throw this.unexpected(character);
      this.isOver = true;
      return false;
    }
    if (character === ',') {
      if (!this.needsComma) throw this.unexpected(character);
      this.needsComma = false;
      this.hasComma = true;
      return false;
    }
    if (this.needsComma) throw new JsonShapeError(this.line, 'a comma is missing');
    if (character === '}') throw this.unexpected(character);
    return true;
  }

  /** Whether the value ends with this character, or before it, as one without brackets and quotes does. */
  private endAt(character: string): 'none' | 'with' | 'before' {
    if (this.inString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (character === '\\') this.isEscaped = true;
      else if (character === '"') this.inString = false;
      return !this.inString && this.depth === 0 ? 'with' : 'none';
    }
    switch (character) {
      case '"':
        this.inString = true;
        return 'none';
      case '{':
      case '[':
        this.depth++;
        return 'none';
      case '}':
      case ']':
        if (this.depth === 0) return 'before';
        return --this.depth === 0 ? 'with' : 'none';
      default:
        return this.depth === 0 && (character === ',' || isBlank(character)) ? 'before' : 'none';
    }
  }

  private unexpected(character: string): JsonShapeError {
    return new JsonShapeError(this.line, `a ${character} stands where a value should`);
  }
}

function checkLength(length: number, line: number): void {
  if (length > valueLengthMax) throw new JsonShapeError(line, 'what begins here is too long');
}
