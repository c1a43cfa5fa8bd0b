const all: object[] = [];

/**
 * Keeps an object as long as the program runs. V8 knows objects by their shape, and throws away what it compiled for those of a
 * shape of which there is none when it collects all of the heap. Codecs make their objects for one block and let go of them, so
 * without one that is kept each such collection would make them slow.
 */
export function keep(one: object): void {
  all.push(one);
}
