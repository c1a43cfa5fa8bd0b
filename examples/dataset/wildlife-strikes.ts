import { create, type MessageShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  Damage,
  FlightPhase,
  TimeOfDay,
  UnknownAnimal,
  WildlifeSize,
  WildlifeStrikeSchema,
} from '../../gen/es/example/v1/wildlife_strike_pb.ts';
import { type CsvLine, readCsv } from './source.ts';
import { stateCode } from './states.ts';
import { strikeAirports } from './strike-airports.ts';

type WildlifeStrike = MessageShape<typeof WildlifeStrikeSchema>;

const phases = new Map<string, FlightPhase>([
  ['Parked', FlightPhase.PARKED],
  ['Taxi', FlightPhase.TAXI],
  ['Take-off run', FlightPhase.TAKE_OFF_RUN],
  ['Climb', FlightPhase.CLIMB],
  ['Descent', FlightPhase.DESCENT],
  ['Approach', FlightPhase.APPROACH],
  ['Landing Roll', FlightPhase.LANDING_ROLL],
]);

const times = new Map<string, TimeOfDay>([
  ['Dawn', TimeOfDay.DAWN],
  ['Day', TimeOfDay.DAY],
  ['Dusk', TimeOfDay.DUSK],
  ['Night', TimeOfDay.NIGHT],
]);

const sizes = new Map<string, WildlifeSize>([
  ['Small', WildlifeSize.SMALL],
  ['Medium', WildlifeSize.MEDIUM],
  ['Large', WildlifeSize.LARGE],
]);

const damages = new Map<string, Damage>([
  ['None', Damage.NONE],
  ['Minor', Damage.MINOR],
  ['Medium', Damage.MEDIUM],
  ['Substantial', Damage.SUBSTANTIAL],
  ['B', Damage.CLASS_B],
  ['C', Damage.CLASS_C],
]);

/** The size that these names end with is in a column of its own too, and always the same. */
const unknownAnimals = new Map<string, UnknownAnimal>([
  ['Unknown bird - small', UnknownAnimal.BIRD],
  ['Unknown bird - medium', UnknownAnimal.BIRD],
  ['Unknown bird - large', UnknownAnimal.BIRD],
  ['Unknown bird or bat', UnknownAnimal.BIRD_OR_BAT],
]);

/**
 * 10,000 rows. Absent: the airport of 435, a base of the air force that airports.csv lacks, the speed of 2,836, and the operator of 72 that the file has as `UNKNOWN`. 209 have costs;
 * a cost of 0 means that none was reported, and the column of totals is left out. 8,009 animals are of no known
 * species.
 */
export function wildlifeStrikes(): WildlifeStrike[] {
  return readCsv('birdstrikes.csv').map((line, index) => {
    const airport = line.oneOf('Airport Name', strikeAirports) ?? undefined;
    const operatedBy = line.maybeText('Aircraft Airline Operator', 'UNKNOWN');
    const speedKnots = line.maybeNumber('Speed IAS in knots');
    return create(WildlifeStrikeSchema, {
      id: `strike-${String(index + 1).padStart(5, '0')}`,
      ...(airport === undefined ? {} : { airport }),
      airportName: line.text('Airport Name'),
      state: stateOf(line),
      day: timestampFromMs(Date.parse(line.text('Flight Date'))),
      timeOfDay: line.oneOf('Time of day', times),
      aircraft: line.text('Aircraft Make Model'),
      ...(operatedBy === undefined ? {} : { operatedBy }),
      phase: line.oneOf('Phase of flight', phases),
      ...(speedKnots === undefined ? {} : { speedKnots }),
      animal: animalOf(line),
      wildlifeSize: line.oneOf('Wildlife Size', sizes),
      damage: line.oneOf('Effect Amount of damage', damages),
      costs: costsOf(line),
    });
  });
}

function stateOf(line: CsvLine): string {
  const name = line.text('Origin State');
  return stateCode(name) ?? line.oneOf('Origin State', new Map());
}

function animalOf(line: CsvLine): WildlifeStrike['animal'] {
  const species = line.text('Wildlife Species');
  const unknown = unknownAnimals.get(species);
  if (unknown !== undefined) return { case: 'unknown', value: unknown };
  return { case: 'species', value: species };
}

function costsOf(line: CsvLine): Record<string, bigint> {
  const costs = { repair: line.number('Cost Repair'), other: line.number('Cost Other') };
  return Object.fromEntries(
    Object.entries(costs).flatMap(([kind, cost]) => (cost === 0 ? [] : [[kind, BigInt(cost)]])),
  );
}
