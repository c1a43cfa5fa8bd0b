import type { ByteReader, ByteWriter } from '../base/bytes.ts';

/** Distinct texts by the order in which they first come. The same one often comes again at once. */
export class TextPlaces {
  readonly texts: string[] = [];
  private readonly places = new Map<string, number>();
  private lastText: string | undefined;
  private lastPlace = 0;

  placeOf(text: string): number {
    if (text === this.lastText) return this.lastPlace;
    let place = this.places.get(text);
    if (place === undefined) {
      place = this.texts.push(text) - 1;
      this.places.set(text, place);
    }
    this.lastText = text;
    this.lastPlace = place;
    return place;
  }

  write(out: ByteWriter): void {
    out.varint(this.texts.length);
    for (const text of this.texts) out.lengthText(text);
  }
}

/** What `TextPlaces.write` wrote. DATA_LOSS MALFORMED_BYTES where it cannot have. */
export function readTexts(reader: ByteReader): string[] {
  const texts: string[] = [];
  for (let left = reader.count(); left > 0; left--) texts.push(reader.lengthText());
  return texts;
}
