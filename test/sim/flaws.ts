/** What can be broken on purpose: each shows that the checker can fail. */
export const flaws = [
  'acknowledges before the disk has it',
  'recovery misses the last record',
  'the home forgets to dedupe',
  'a retry is always told committed',
  'the queue is dropped on reconnecting',
  'writes are sent before they are stored',
  'the cursor is ahead of stored data',
  'evictions are skipped',
  'deletes are skipped',
  'a patch loses its fields',
  'held is told before it is stored',
  'settled before the checkpoint that covers it',
  'what another device settled is taken for its own',
] as const;

export type Flaw = (typeof flaws)[number];
