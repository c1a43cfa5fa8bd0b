import { encodeUtf8Into } from '../base/utf8.ts';

/** Room in which one string after the other is turned into UTF-8. */
export interface Utf8Scratch {
  /** The bytes of the last string are `bytes[0, length)`. */
  bytes: Uint8Array;
  length: number;
  encode(text: string): void;
}

export function createUtf8Scratch(): Utf8Scratch {
  return new GrowingScratch();
}

class GrowingScratch implements Utf8Scratch {
  bytes = new Uint8Array(512);
  length = 0;

  encode(text: string): void {
    if (text.length * 3 > this.bytes.length) this.bytes = new Uint8Array(text.length * 4);
    this.length = encodeUtf8Into(text, this.bytes, 0);
  }
}
