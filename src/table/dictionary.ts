/**
 * The distinct strings of a column, each with a code and the number of its uses. Code 0 is the empty string,
 * which is always there and not counted. An entry whose last use is released goes, and its code is given to
 * another.
 */
export interface Dictionary {
  /** Entries in use, without the empty string. */
  readonly size: number;
  /** Uses of all entries. */
  readonly uses: number;
  /** Characters of all uses of all entries. */
  readonly usedCharacters: number;
  /** Characters of all entries, each once. */
  readonly characters: number;
  /** Codes are below this number. */
  readonly codeEnd: number;
  /** An estimate of what the strings and their table take on the heap. */
  readonly memoryBytes: number;
  /** Code of a string, or -1. */
  find(text: string): number;
  /** Adds a string that is not there; nothing uses it yet. */
  add(text: string): number;
  text(code: number): string;
  /** Counts one more use. */
  retain(code: number): void;
  /** Counts one use less. */
  release(code: number): void;
}

export function createDictionary(): Dictionary {
  return new CountedDictionary();
}

/** Estimate for an entry without its characters: string header, map entry, place in the list. */
const entryBytes = 72;

class CountedDictionary implements Dictionary {
  private readonly codes = new Map<string, number>([['', 0]]);
  private readonly texts: string[] = [''];
  private readonly free: number[] = [];
  private counts = new Uint32Array(16);
  private characterCount = 0;
  private textBytes = 0;
  private useCount = 0;
  private useCharacters = 0;

  get size(): number {
    return this.codes.size - 1;
  }

  get uses(): number {
    return this.useCount;
  }

  get usedCharacters(): number {
    return this.useCharacters;
  }

  get characters(): number {
    return this.characterCount;
  }

  get codeEnd(): number {
    return this.texts.length;
  }

  get memoryBytes(): number {
    return this.size * entryBytes + this.textBytes + this.counts.byteLength;
  }

  find(text: string): number {
    return this.codes.get(text) ?? -1;
  }

  add(text: string): number {
    const code = this.free.pop() ?? this.texts.length;
    this.codes.set(text, code);
    this.texts[code] = text;
    this.characterCount += text.length;
    this.textBytes += heapBytes(text);
    if (code >= this.counts.length) {
      const grown = new Uint32Array(this.counts.length * 2);
      grown.set(this.counts);
      this.counts = grown;
    }
    return code;
  }

  text(code: number): string {
    return this.texts[code]!;
  }

  retain(code: number): void {
    if (code === 0) return;
    this.useCount++;
    this.useCharacters += this.texts[code]!.length;
    this.counts[code]!++;
  }

  release(code: number): void {
    if (code === 0) return;
    const text = this.texts[code]!;
    this.useCount--;
    this.useCharacters -= text.length;
    if (--this.counts[code]! > 0) return;
    this.codes.delete(text);
    this.texts[code] = '';
    this.characterCount -= text.length;
    this.textBytes -= heapBytes(text);
    this.free.push(code);
  }
}

/** What the characters take on V8's heap: one byte each, or two where one of them is beyond Latin-1. */
function heapBytes(text: string): number {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0xff) return 2 * text.length;
  }
  return text.length;
}
