/** Bytes that no reader may take: each says one thing that cannot be. */
import { joinBlock } from '../../../src/codec/block.ts';
import { BlockWriter } from '../../../src/codec/block-writer.ts';
import { writeIntegers } from '../../../src/codec/integers.ts';
import { Plan } from '../../../src/codec/plan.ts';

/** What is to be read: a block, columns of its frames, or, where neither is said, the rows of a Delta. */
type Refused =
  | { readonly name: string; readonly block: Uint8Array }
  | {
      readonly name: string;
      readonly columns?: readonly { readonly kind: string; readonly count: number }[];
      readonly frames: readonly Uint8Array[];
    };

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Columns of so many values with this head, and nothing else in the block. */
function columns(name: string, counts: Readonly<Record<string, number>>, head: string): Refused {
  const out = new BlockWriter();
  out.head.bytes(bytes(head));
  return {
    name,
    columns: Object.entries(counts).map(([kind, count]) => ({ kind: kind.split(' ')[0]!, count })),
    frames: out.frames().map((frame) => frame.bytes.slice()),
  };
}

/** A Delta of one table with this in its head, behind the number of its rows. */
function delta(name: string, table: string, rest: string): Refused {
  const out = new BlockWriter();
  // One writer, one scope, and a set with that.
  out.head.bytes(bytes('44 01 07 01 77 01 07 01 73 01 01 00 01'));
  out.head.lengthText(`test.v1.${table}`);
  out.head.bytes(bytes(rest));
  return { name, frames: out.frames().map((frame) => frame.bytes.slice()) };
}

/** One full row, with a batch of these columns. */
function row(name: string, table: string, batch: string): Refused {
  return delta(name, table, `01 00 0c00 0c02 0c02 0c02 0c00 0c00 ${batch}`);
}

/** One patch of the field 3, likewise. */
function patch(name: string, table: string, batch: string): Refused {
  return delta(name, table, `01 010103 0c02 0c02 0c02 0c02 0c00 0c00 0c00 ${batch}`);
}

function block(name: string, hex: string): Refused {
  return { name, block: bytes(hex) };
}

function twoFrames(): Uint8Array[] {
  const out = new BlockWriter();
  const values = Float64Array.from({ length: 300 }, (_, at) => (at * at) % 251);
  writeIntegers(out, values, values.length, new Plan('fast'));
  return out.frames().map((frame) => frame.bytes.slice());
}

const frames = twoFrames();
const whole = joinBlock(
  'none',
  frames.map((each) => ({ bytes: each, numeric: true })),
  frames,
);
const three = [{ kind: 'integers', count: 300 }];

export const refusedCases: readonly Refused[] = [
  block('a block of another letter', '44 01 00 00'),
  block('a block of another version', '43 02 00 00'),
  block('a block of another compression', '43 01 03 00'),
  block('a block that ends in its lengths', '43 01 00 01'),
  block('more frames than bytes', '43 01 00 ffffff7f'),
  block(
    'a frame that is stored shorter, in a block that is not compressed',
    '43 01 00 01 0501 01020304',
  ),
  block('a frame that saves more than it has', '43 01 02 01 0102'),
  block('a frame of more than 2^53 bytes', '43 01 00 01 ffffffffffffffff7f 00'),
  { name: 'a block with bytes behind its frames', block: Uint8Array.from([...whole, 0]) },
  { name: 'a block that ends in a frame', block: whole.slice(0, -1) },
  { name: 'a frame that is missing', columns: three, frames: frames.slice(0, 1) },
  { name: 'a frame of another length', columns: three, frames: [frames[0]!, frames[1]!.slice(1)] },
  { name: 'a frame too many', columns: three, frames: [...frames, frames[1]!] },
  { name: 'a head that is longer than its frame', columns: three, frames: [bytes('05 0c')] },
  columns('bytes behind the last column', { integers: 2 }, '0c 02 00'),
  columns('a codec that there is not', { integers: 2 }, '0d 02'),
  columns('more values than a message may have', { integers: 2 ** 40 }, '0c 02'),
  columns('a varint of more than 53 bits', { integers: 2 }, '00 00 ffffffffffffffff01 00'),
  columns('a divisor of 0', { integers: 2 }, '00 00 00 00'),
  columns('a shape that there is not', { integers: 2 }, '00 00 01 0b 0000'),
  columns('a value of more than 53 bits', { integers: 1 }, '00 00 01 07 00000000000020'),
  columns('a sum beyond 2^53', { integers: 1 }, '00 feffffffffffff1f 01 01 01'),
  columns('a step beyond 2^53', { integers: 3 }, '01 01 feffffffffffff1f 01 0202'),
  columns('steps of one value', { integers: 1 }, '01 01 00 00'),
  columns('a code that stands for nothing', { integers: 2 }, '04 01 00 01 00 09 03'),
  columns('a prediction from a column that there is not', { integers: 2 }, '06 01 00 0c 00'),
  columns('a prediction from itself', { integers: 2 }, '06 00 00 0c 00'),
  columns(
    'residuals with a codec that is not for them',
    { integers: 2, 'integers again': 2 },
    '0c 02 06 01 00 02',
  ),
  columns('a lag as long as the column', { integers: 2 }, '0b 02 00 01 00 0c 00'),
  columns('a scale that there is not', { longs: 1 }, '00 01 0c 02'),
  columns('a long of more than 64 bits', { longs: 1 }, '01 ffffffffffffff7f 0c 02'),
  columns('a decimal of sixteen digits', { floats: 1 }, '00 10 00 0c 02'),
  columns('an odd value behind the end', { floats: 1 }, '00 00 01 01 0000000000000000 0c 02'),
  columns('a single of more than 32 bits', { floats: 1 }, '02 0c 8080808010'),
  columns('a string that is not UTF-8', { texts: 1 }, '07 02 c328'),
  columns('strings that are shorter than their text', { texts: 2 }, '00 03 0c 02 616263'),
  columns('a string that ends within a pair', { texts: 2 }, '00 04 0c 02 f09f9ab0'),
  columns('a string that shares more than there is', { texts: 2 }, '02 0c 02 02 0c 02 6162'),
  columns('no entries', { texts: 1 }, '01 00 07 00 0c 00'),
  columns('a template of 33 parts', { texts: 1 }, `03 21 ${'01'.repeat(33)}`),
  columns('a moment that is none', { texts: 1 }, '03 01 05 03 00 00 00 0c 00'),
  columns(
    'a moment of the year 10000',
    { texts: 1 },
    '03 05 05 00012d 03 00012d 03 03 00 00 00 0c c282e602',
  ),
  columns('groups of bytes that there are not', { bytes: 2 }, '01 04 02 00000000'),
  columns('a number that its group has no room for', { bytes: 1 }, '01 01 01 0c 8004'),
  columns('a word that shares more than there is', { texts: 1 }, '08 00 01 02 0161 0c 02 00'),
  columns('a place of no word', { texts: 1 }, '08 00 01 02 0061 0c 02 01'),
  block('a frame that deflate does not open', '43 01 02 01 0401 ffffff'),
  block('a frame that comes to fewer bytes than it says', '43 01 02 01 0803 4b4c4a0600'),
  block('a frame that comes to more bytes than it says', '43 01 02 01 0a05 4b4cc40400'),
  delta('a table that is unknown', 'Unknown', '00 00'),
  delta('more rows than a Delta may have', 'Site', '818004 00 0c06 0c02 0c02'),
  delta('a kind of row that there is not', 'Site', '01 00 0c0a 0c02 0c02'),
  delta('a row number below 0', 'Site', '01 00 0c06 0c01 0c02'),
  delta('a writer that there is not', 'Site', '01 00 0c04 0c02 0c02 0c02 0c02'),
  delta('a set of fields that does not ascend', 'Site', '01 01020300 0c06 0c02 0c02'),
  delta('a scope set that there is not', 'Site', '01 00 0c00 0c02 0c02 0c02 0c00 0c02 01 00'),
  row('a batch of more rows than there are', 'Site', '02 00'),
  row('a batch of fewer rows than there are', 'Site', '00 00'),
  row('a field that the table does not have', 'Site', '01 01 8001 0c02'),
  row('values of another kind than the field', 'Site', '01 01 20 0c02'),
  row('a kind of items that there is not', 'Shapes', '01 01 d508 0c02 08'),
  row('a presence of 2', 'Site', '01 01 2b 0c04 07 0141'),
  row('no value in a field without presence', 'Site', '01 01 2b 0c00'),
  row('a number out of the range of its type', 'Shapes', '01 01 30 0c8080808010'),
  row('a boolean of 2', 'Shapes', '01 01 20 0c04'),
  row('a float of more than 32 bits', 'Shapes', '01 01 d201 00 01 00 0c02'),
  row('a list of no items', 'Shapes', '01 01 d508 0c00 00'),
  row('two members of a oneof', 'Shapes', '01 02 b307 07 0161 00 0c02'),
  row('two forms of a field', 'Shapes', '01 02 d508 0c02 00 0c02 f4ffffff1f 03 04 b2040101'),
  row('a fourth form', 'Shapes', '01 01 d48880808001 03 04 b2040101'),
  row('a Struct whose shape has no keys', 'Shapes', '01 01 a605 01 10 0c00'),
  row('a Struct of a shape that has not come', 'Shapes', '01 01 a605 02 10 0c02 05 0c00 03'),
  patch('a patch with a field that it does not name', 'Site', '01 01 03 07 0141'),
  row('a codec of a team that was not agreed on', 'Site', '01 01 a780808060 0161 01 00 07'),
];
