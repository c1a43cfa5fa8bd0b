import { type DescMessage, fromBinary, type MessageShape, toJson } from '@bufbuild/protobuf';
import { AirportSchema } from '../../gen/es/example/v1/place_pb.ts';
import { Damage, WildlifeStrikeSchema } from '../../gen/es/example/v1/wildlife_strike_pb.ts';
import { MergeSchema } from '../../gen/es/syncdb/v1/options_pb.ts';
import { type Conflict, ConflictSchema } from '../../gen/es/syncdb/v1/system_pb.ts';
import { grouped } from '../../src/cli/progress.ts';
import type { Client } from '../../src/index.ts';
import type { Device } from './device.ts';
import { type JsonSize, jsonSize, shownRows } from './json-size.ts';
import type { Style } from './style.ts';
import { tourTables } from './tables.ts';

/** Who is in the story, and who tells it. */
export interface Stage {
  /** Of the server. */
  readonly address: string;
  readonly anna: Device;
  readonly ben: Device;
  readonly style: Style;
  readonly say: (line?: string) => void;
}

/** Rows that are edited. */
const airport = 'BOS';
const gull = 'strike-00330';
const dove = 'strike-00390';
const jet = 'strike-00621';

/** What moved over a link, and what it would be as JSON. */
interface Moved {
  readonly what: string;
  readonly rows: number;
  readonly wire: number;
  readonly json: JsonSize;
}

/** The whole story. */
export async function tour(stage: Stage): Promise<void> {
  const { say, style, address } = stage;
  say(style.bold('SyncDB in a minute: a server, two devices, and a link that is cut.'));
  say(`The server is on ${address}, with 30,505 rows of public data, in a temporary folder.`);
  const first = await firstSync(stage);
  await editOffline(stage);
  const second = await reconnect(stage);
  tellOutcome(stage);
  const third = [await editLive(stage), await reconnectIdle(stage)];
  tellBytes(stage, [...first, ...second, ...third]);
}

async function firstSync({ anna, ben, style, say }: Stage): Promise<Moved[]> {
  chapter(
    say,
    style,
    '1  Each takes along what concerns Boston: the scope airport/BOS, and nothing else',
  );
  const moved: Moved[] = [];
  for (const device of [anna, ben]) {
    await device.sync();
    const rows = shownRows(device.client, tourTables);
    const wire = device.link.take();
    moved.push({
      what: `${device.name}, first sync`,
      rows: rows.length,
      wire,
      json: jsonSize(rows),
    });
    say(`   ${who(style, device)} holds ${grouped(rows.length)} rows, in a SQLite file`);
  }
  return moved;
}

async function editOffline({ anna, ben, style, say }: Stage): Promise<void> {
  chapter(say, style, '2  The link is cut. Both work on, and see their edits at once');
  for (const { link } of [anna, ben]) link.cut();
  const tell = (device: Device, row: string, edit: string, remark = '') => {
    const line = `   ${who(style, device)} ${row.padEnd(13)} ${edit.padEnd(32)} ${style.dim(remark)}`;
    say(line.trimEnd());
  };
  const hers = {
    airports: anna.client.table(AirportSchema),
    strikes: anna.client.table(WildlifeStrikeSchema),
  };
  hers.airports.patch(airport, { notes: 'Runway 9 is closed.' });
  tell(anna, airport, 'notes = "Runway 9 is closed."');
  hers.strikes.patch(gull, { remarks: 'Two gulls.' });
  tell(anna, gull, 'remarks = "Two gulls."');
  await hers.strikes.delete(dove).stored;
  tell(anna, dove, 'deleted');
  const his = {
    airports: ben.client.table(AirportSchema),
    strikes: ben.client.table(WildlifeStrikeSchema),
  };
  his.airports.patch(airport, { name: 'Boston Logan' });
  tell(ben, airport, 'name = "Boston Logan"', 'another field of the same row');
  his.strikes.patch(gull, { remarks: 'One gull, ringed.' });
  tell(ben, gull, 'remarks = "One gull, ringed."', 'the same field');
  his.strikes.patch(dove, { damage: Damage.SUBSTANTIAL });
  tell(ben, dove, 'damage = SUBSTANTIAL', 'of a row that she deleted');
  await his.strikes.patch(jet, { speedKnots: 5_000 }).stored;
  tell(ben, jet, 'speed_knots = 5000', 'against a rule: at most 1000');
  await ben.restart();
  say(
    `   ${who(style, ben)} starts his app again: ${ben.client.pendingCount} edits wait in his file, nothing is lost`,
  );
}

async function reconnect({ anna, ben, style, say }: Stage): Promise<Moved[]> {
  chapter(
    say,
    style,
    '3  The link is back: what was edited goes up, what others edited comes down, and no more',
  );
  const moved: Moved[] = [];
  for (const [device, what, keys] of [
    [anna, 'Anna, 3 edits up', [airport, gull, dove]],
    [ben, 'Ben, 4 up, 3 down', [airport, gull, dove, jet]],
  ] as const) {
    // What an app without deltas would send: the rows that changed, as they stand.
    const rows = rowsOf(device.client, keys);
    device.link.take();
    device.link.mend();
    await device.sync();
    const wire = device.link.take();
    moved.push({ what, rows: keys.length, wire, json: jsonSize(rows) });
    say(`   ${who(style, device)} is in sync again, ${device.client.pendingCount} edits wait`);
  }
  await anna.sync();
  return moved;
}

/** One more edit while both are connected. */
async function editLive({ anna, ben }: Stage): Promise<Moved> {
  ben.link.take();
  const note = 'It is open again.';
  anna.client.table(AirportSchema).patch(airport, { notes: note });
  for await (const { rows } of ben.client.table(AirportSchema).watch({ where: { notes: note } })) {
    if (rows.length > 0) break;
  }
  // What Ben's device answers to it counts too.
  await ben.link.quiet();
  const rows = rowsOf(ben.client, [airport]);
  return { what: 'Ben, a live edit', rows: 1, wire: ben.link.take(), json: jsonSize(rows) };
}

/** A link that comes back when there is nothing to tell. */
async function reconnectIdle({ anna }: Stage): Promise<Moved> {
  anna.link.cut();
  anna.link.take();
  anna.link.mend();
  await anna.sync();
  return { what: 'Anna, nothing new', rows: 0, wire: anna.link.take(), json: jsonSize([]) };
}

function tellOutcome({ anna, ben, style, say }: Stage): void {
  chapter(say, style, '4  What became of it: both show the same, and nothing is lost in silence');
  const { notes, name } = anna.client.table(AirportSchema).get(airport)!;
  say(
    `   ${airport.padEnd(13)} ${style.good('merged')}    name = ${quoted(name)}, notes = ${quoted(notes)}`,
  );
  for (const entry of ben.client.table(ConflictSchema).query().rows) {
    const stands = anna.client.table(WildlifeStrikeSchema).get(entry.key);
    const text =
      stands === undefined ? 'stays deleted' : `Anna's stands, remarks = ${quoted(stands.remarks)}`;
    say(`   ${entry.key.padEnd(13)} ${style.warn('conflict')}  ${text}`);
    say(`   ${''.padEnd(13)}           ${style.dim(`in the ledger: ${ledgerText(entry)}`)}`);
  }
  for (const { outcome } of ben.client.parked) {
    const [broken] = outcome.refusal?.violations ?? [];
    say(`   ${jet.padEnd(13)} ${style.bad('refused')}   ${broken?.field} ${broken?.description}`);
    say(
      `   ${''.padEnd(13)}           ${style.dim('kept aside for Ben, who can put it right; the row is as it was')}`,
    );
  }
  const same = [anna, ben].map(({ client }) => JSON.stringify(shownRows(client, tourTables)));
  say(`   ${same[0] === same[1] ? 'Both hold the same rows.' : 'THE TWO DIFFER.'}`);
}

function tellBytes({ style, say }: Stage, moved: readonly Moved[]): void {
  chapter(say, style, '5  What moved: all bytes on the sockets, both ways, HTTP/2 and all');
  const cells = (...texts: string[]) =>
    `   ${texts[0]!.padEnd(18)}${texts
      .slice(1)
      .map((text) => text.padStart(12))
      .join('')}`;
  say(cells('', 'rows', 'on the wire', 'as JSON', 'gzipped'));
  for (const { what, rows, wire, json } of moved) {
    say(cells(what, ...[rows, wire, json.plain, json.zipped].map(grouped)));
  }
  const all = grouped(moved[0]!.json.plain);
  say(
    '   JSON is the text of these rows alone, with no request around it. To fetch all of them anew',
  );
  say(`   each time is what an app does that does not know what changed: ${all} bytes.`);
}

function chapter(say: Stage['say'], style: Style, title: string): void {
  say();
  say(style.bold(title));
}

function who(style: Style, { name }: Device): string {
  return style.of(name, name.padEnd(5));
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'absent' : JSON.stringify(text);
}

function rowsOf(client: Client, keys: readonly string[]): unknown[] {
  return keys.flatMap((key) => {
    const [desc, row] =
      key === airport
        ? [AirportSchema, client.table(AirportSchema).get(key)]
        : [WildlifeStrikeSchema, client.table(WildlifeStrikeSchema).get(key)];
    return row === undefined
      ? [{ key }]
      : [toJson(desc as DescMessage, row as MessageShape<DescMessage>)];
  });
}

/** Whose value it keeps, and by which rule. */
function ledgerText({ replicaId, localRow, fields, rules, aboutDelete }: Conflict): string {
  const row = fromBinary(WildlifeStrikeSchema, localRow);
  const values = fields.map((number) => {
    const { name, localName } = WildlifeStrikeSchema.fields.find(
      (field) => field.number === number,
    )!;
    const value = (toJson(WildlifeStrikeSchema, row) as Record<string, unknown>)[localName];
    return `${name} = ${JSON.stringify(value)}`;
  });
  const [rule] = rules.map((each) => MergeSchema.value[each]?.name);
  return `${replicaId}'s ${values.join(', ')}${aboutDelete ? ', met a delete' : ''} (${rule})`;
}
