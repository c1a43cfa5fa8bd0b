import { create, type MessageShape } from '@bufbuild/protobuf';
import { StateSchema } from '../../gen/es/example/v1/place_pb.ts';
import { readJson } from './source.ts';

/** One element of us-state-capitals.json. */
interface CapitalLine {
  readonly lon: number;
  readonly lat: number;
  readonly state: string;
  readonly city: string;
}

/** The code in airports.csv of each name in the other files. CQ is the Northern Mariana Islands, otherwise MP. */
const codes: ReadonlyMap<string, string> = new Map(
  `Alabama AL, Alaska AK, American Samoa AS, Arizona AZ, Arkansas AR, California CA, Colorado CO, Connecticut CT,
  Delaware DE, District of Columbia DC, Florida FL, Georgia GA, Guam GU, Hawaii HI, Idaho ID, Illinois IL, Indiana IN,
  Iowa IA, Kansas KS, Kentucky KY, Louisiana LA, Maine ME, Maryland MD, Massachusetts MA, Michigan MI, Minnesota MN,
  Mississippi MS, Missouri MO, Montana MT, Nebraska NE, Nevada NV, New Hampshire NH, New Jersey NJ, New Mexico NM,
  New York NY, North Carolina NC, North Dakota ND, Northern Mariana Islands CQ, Ohio OH, Oklahoma OK, Oregon OR,
  Pennsylvania PA, Puerto Rico PR, Rhode Island RI, South Carolina SC, South Dakota SD, Tennessee TN, Texas TX,
  U.S. Virgin Islands VI, Utah UT, Vermont VT, Virginia VA, Washington WA, West Virginia WV, Wisconsin WI, Wyoming WY`
    .split(/,\s+/)
    .map((entry) => [entry.slice(0, -3), entry.slice(-2)]),
);

const knownCodes: ReadonlySet<string> = new Set(codes.values());

/** The code of a state that a text names in full or by its code; undefined where it names none. */
export function stateCode(text: string): string | undefined {
  return knownCodes.has(text) ? text : codes.get(text);
}

/** 56 rows: 50 states with their capitals, and without one DC and the territories AS, CQ, GU, PR and VI. */
export function states(): MessageShape<typeof StateSchema>[] {
  const capitals = new Map(
    readJson<CapitalLine[]>('us-state-capitals.json').map((line) => [line.state, line]),
  );
  return [...codes].map(([name, code]) => {
    const capital = capitals.get(name);
    if (capital === undefined) return create(StateSchema, { code, name });
    const { city, lat: latitude, lon: longitude } = capital;
    return create(StateSchema, {
      code,
      name,
      capital: { city, position: { latitude, longitude } },
    });
  });
}
