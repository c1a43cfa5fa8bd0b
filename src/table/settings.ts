/** Where the stores of a table change their form. Tests make them small; nothing else changes them. */
export interface TableSettings {
  /** Rows of a chunk are two to this power; 5 at least, since selections have 32 rows a word. */
  readonly chunkBits: number;
  /** Rows for which the first chunk makes room at first: a power of two, 32 at least. */
  readonly firstRows: number;
  /** Entries that a dictionary may always have. */
  readonly dictionaryEntriesMin: number;
  /** Entries that a dictionary never exceeds, 65,536 at most: codes have two bytes. */
  readonly dictionaryEntriesMax: number;
  /** Between these two, a dictionary has at most one entry for so many rows. */
  readonly dictionaryRowsPerEntry: number;
  /** Characters of a dictionary's entries at the most: they lie on the JavaScript heap, which is smaller than memory. */
  readonly dictionaryCharactersMax: number;
  /** Bytes of waste that an arena always tolerates. */
  readonly arenaWasteMin: number;
  /** Bytes of the strings of one chunk, 2^32 - 1 at most: offsets have 32 bits. */
  readonly arenaBytesMax: number;
  /** Keys of one segment of the key index; above it the segment splits. */
  readonly segmentKeysMax: number;
}

export const defaultSettings: TableSettings = {
  chunkBits: 16,
  firstRows: 32,
  dictionaryEntriesMin: 256,
  dictionaryEntriesMax: 65_536,
  dictionaryRowsPerEntry: 8,
  dictionaryCharactersMax: 4 << 20,
  arenaWasteMin: 4096,
  arenaBytesMax: 2 ** 32 - 1,
  segmentKeysMax: 16_384,
};
