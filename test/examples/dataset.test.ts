import { isDeepStrictEqual } from 'node:util';
import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseCsv } from '../../examples/dataset/csv.ts';
import { type ExampleTable, exampleSchema, exampleTables } from '../../examples/dataset.ts';
import { EarthquakeSchema, TremorKind } from '../../gen/es/example/v1/earthquake_pb.ts';
import { FlightSchema, RouteSchema } from '../../gen/es/example/v1/flight_pb.ts';
import { AirportSchema, StateSchema } from '../../gen/es/example/v1/place_pb.ts';
import {
  Damage,
  FlightPhase,
  TimeOfDay,
  UnknownAnimal,
  WildlifeSize,
  WildlifeStrikeSchema,
} from '../../gen/es/example/v1/wildlife_strike_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { keyOfCells } from '../../src/schema/key.ts';
import { createMessageCodec } from '../../src/schema/message-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { scopesOf } from '../../src/schema/scope-template.ts';
import type { Cell, TableDef } from '../../src/schema/table-def.ts';
import { createRowValidator } from '../../src/schema/validate.ts';

const schema = createSchema(exampleSchema);
let tables: ExampleTable[];

beforeAll(() => {
  tables = exampleTables();
});

describe('the rows of the example', () => {
  test('are so many', () => {
    const counts = tables.map(({ desc, rows }) => [desc.name, rows.length]);
    expect(counts).toEqual([
      ['State', 56],
      ['Airport', 3_376],
      ['Route', 5_366],
      ['Flight', 10_000],
      ['WildlifeStrike', 10_000],
      ['Earthquake', 1_707],
    ]);
  });

  test('are all that the schema has tables for', () => {
    const team = schema.tables.filter((table) => !table.system).map((table) => table.name);
    expect(tables.map(({ desc }) => desc.typeName).sort()).toEqual(team);
  });

  test('keep the rules of their messages, and each is in a scope', () => {
    const validator = createRowValidator(exampleSchema, schema);
    const problems = allRows().flatMap(({ def, cells }) => {
      const scopeCount = scopesOf(def, cells, defaultLimits).length;
      return [validator.validate(def, cells), scopeCount === 0 ? 'in no scope' : undefined];
    });
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  test('have a key each, and refer to rows before them', () => {
    const known = new Set<string>();
    const problems: string[] = [];
    for (const { def, cells } of allRows()) {
      for (const { references, index } of def.columns) {
        const name = `${references} ${cells[index]}`;
        const isMissing = references !== undefined && cells[index] !== null && !known.has(name);
        if (isMissing) problems.push(`there is no ${name}`);
      }
      const key = `${def.name} ${keyOfCells(def, cells, defaultLimits)}`;
      if (known.has(key)) problems.push(`there are two of ${key}`);
      known.add(key);
    }
    expect(problems).toEqual([]);
  });

  test('are the same at every start', () => {
    // Many times faster than to let `expect` find out how they differ.
    expect(isDeepStrictEqual(exampleTables(), tables)).toBe(true);
  });
});

describe('what the public data does not say is absent', () => {
  test('of airports: 12 cities and states', () => {
    const rows = rowsOf(AirportSchema);
    expect(rows.filter(({ city }) => city === undefined)).toHaveLength(12);
    expect(rows.filter(({ state }) => state === undefined)).toHaveLength(12);
  });

  test('of states: 6 capitals, those of DC and the territories', () => {
    const without = rowsOf(StateSchema).filter(({ capital }) => capital === undefined);
    expect(without.map(({ code }) => code)).toEqual(['AS', 'DC', 'GU', 'CQ', 'PR', 'VI']);
  });

  test('of wildlife strikes: airports, speeds, operators, costs and species', () => {
    const rows = rowsOf(WildlifeStrikeSchema);
    expect(rows.filter(({ airport }) => airport === undefined)).toHaveLength(435);
    expect(rows.filter(({ speedKnots }) => speedKnots === undefined)).toHaveLength(2_836);
    expect(rows.filter(({ operatedBy }) => operatedBy === undefined)).toHaveLength(72);
    expect(rows.filter(({ costs }) => Object.keys(costs).length > 0)).toHaveLength(209);
    expect(rows.filter(({ animal }) => animal.case === 'unknown')).toHaveLength(8_009);
  });

  test('of earthquakes: states, and what was not measured', () => {
    const rows = rowsOf(EarthquakeSchema);
    expect(rows.filter(({ state }) => state !== undefined)).toHaveLength(1_548);
    expect(rows.filter(({ feltCount }) => feltCount !== undefined)).toHaveLength(127);
    expect(rows.filter(({ estimatedIntensity }) => estimatedIntensity !== undefined)).toHaveLength(
      16,
    );
    expect(rows.filter(({ stationCount }) => stationCount === undefined)).toHaveLength(465);
  });
});

describe('a row of each file', () => {
  test('us-state-capitals.json', () => {
    expect(rowsOf(StateSchema).find(({ code }) => code === 'NV')).toMatchObject({
      name: 'Nevada',
      capital: { city: 'Carson City', position: { longitude: -119.7663053 } },
    });
  });

  test('airports.csv, with quotes inside a name', () => {
    expect(rowsOf(AirportSchema).find(({ name }) => name.includes('"'))).toMatchObject({
      name: 'W. H. "Bud" Barron',
      city: 'Dublin',
      state: 'GA',
    });
  });

  test('flights-10k.json, with a flight that came early', () => {
    expect(rowsOf(FlightSchema).find(({ delay }) => delay!.seconds < 0)).toMatchObject({
      id: '20010101-0124-LAS-OAK',
      origin: 'LAS',
      destination: 'OAK',
      departsAt: { seconds: BigInt(Date.UTC(2001, 0, 1, 1, 24) / 1_000), nanos: 0 },
      delay: { seconds: -300n, nanos: 0 },
      distanceMiles: 407,
    });
  });

  test('flights-airport.csv', () => {
    expect(rowsOf(RouteSchema)[0]).toMatchObject({
      id: 'ABE-ATL',
      origin: 'ABE',
      destination: 'ATL',
      flightCount: 853,
    });
  });

  test('birdstrikes.csv', () => {
    const rows = rowsOf(WildlifeStrikeSchema);
    expect(rows[0]).toMatchObject({
      id: 'strike-00001',
      airportName: 'BARKSDALE AIR FORCE BASE ARPT',
      state: 'LA',
      day: { seconds: BigInt(Date.UTC(1990, 0, 8) / 1_000), nanos: 0 },
      timeOfDay: TimeOfDay.DAY,
      aircraft: 'T-38A',
      operatedBy: 'MILITARY',
      phase: FlightPhase.CLIMB,
      speedKnots: 300,
      animal: { case: 'species', value: 'Turkey vulture' },
      wildlifeSize: WildlifeSize.LARGE,
      damage: Damage.NONE,
      costs: {},
    });
    expect(rows[0]!.airport).toBeUndefined();
    expect(rows[9_999]!.airport).toBe('PIT');
    expect(rows[1]!.animal).toEqual({ case: 'unknown', value: UnknownAnimal.BIRD_OR_BAT });
  });

  test('earthquakes.json', () => {
    expect(rowsOf(EarthquakeSchema).find(({ id }) => id === 'ci38100752')).toMatchObject({
      network: 'ci',
      place: '7km WNW of McFarland, CA',
      state: 'CA',
      position: { latitude: 35.712, longitude: -119.2925 },
      depthKm: 16.21,
      occurredAt: { seconds: 1_517_902_863n, nanos: 470_000_000 },
      magnitude: 2.33,
      kind: TremorKind.EARTHQUAKE,
      sources: ['ci', 'nc'],
      feltCount: 1,
      reportedIntensity: 2,
      stationCount: 24,
    });
  });
});

describe('CSV', () => {
  test.each([
    ['', []],
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,\r\n',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    ['a,', [['a', '']]],
    ['\na', [[''], ['a']]],
    ['"x, ""y""\nz",2', [['x, "y"\nz', '2']]],
  ])('%j', (text, lines) => {
    expect(parseCsv(text)).toEqual(lines);
  });

  test('with a quote where none may be is an error', () => {
    expect(() => parseCsv('a,b"c"\n')).toThrow('no CSV cell at character 2');
  });
});

function rowsOf<Desc extends DescMessage>(desc: Desc): MessageShape<Desc>[] {
  return tables.find((table) => table.desc === desc)!.rows as MessageShape<Desc>[];
}

/** Every row as the engine stores it. */
function allRows(): { def: TableDef; cells: Cell[] }[] {
  return tables.flatMap(({ desc, rows }) => {
    const def = schema.tableByName.get(desc.typeName)!;
    const codec = createMessageCodec(def, desc);
    return rows.map((row: Message) => ({ def, cells: codec.cellsOfMessage(row) }));
  });
}
