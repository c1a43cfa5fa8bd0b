/** A string on the heap, its slot and its map entry, without its characters. */
const textBytes = 72;

/** Gives each distinct string a small number, for ever: 0, 1, 2 ... */
export class Interner {
  private readonly texts: string[] = [];
  private readonly numbers = new Map<string, number>();
  private lastText: string | undefined;
  private lastNumber = -1;
  private bytes = 0;

  /** An estimate. */
  get memoryBytes(): number {
    return this.bytes;
  }

  intern(text: string): number {
    // Many rows of one writer come one after the other.
    if (text === this.lastText) return this.lastNumber;
    this.lastNumber = this.numberOf(text);
    this.lastText = text;
    return this.lastNumber;
  }

  private numberOf(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.length;
    this.texts.push(text);
    this.bytes += textBytes + text.length;
    this.numbers.set(text, number);
    return number;
  }

  /** The number of a string that was interned. */
  find(text: string): number | undefined {
    return this.numbers.get(text);
  }

  text(number: number): string {
    return this.texts[number]!;
  }
}
