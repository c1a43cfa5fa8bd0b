import { create, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { EarthquakeSchema, TremorKind } from '../../gen/es/example/v1/earthquake_pb.ts';
import { readJson } from './source.ts';
import { stateCode } from './states.ts';

/** What is used of one element of earthquakes.json; the rest is its web pages, and what can be told from these. */
interface EarthquakeLine {
  readonly id: string;
  readonly geometry: {
    readonly coordinates: readonly [longitude: number, latitude: number, depthKm: number];
  };
  readonly properties: {
    readonly mag: number;
    readonly place: string;
    readonly time: number;
    readonly updated: number;
    readonly felt: number | null;
    readonly cdi: number | null;
    readonly mmi: number | null;
    readonly status: string;
    readonly tsunami: number;
    readonly sig: number;
    readonly net: string;
    /** Words with a comma before, between and after them. */
    readonly sources: string;
    readonly types: string;
    readonly nst: number | null;
    readonly dmin: number | null;
    readonly rms: number | null;
    readonly gap: number | null;
    readonly magType: string;
    readonly type: string;
  };
}

const kinds = new Map<string, TremorKind>([
  ['earthquake', TremorKind.EARTHQUAKE],
  ['explosion', TremorKind.EXPLOSION],
  ['quarry blast', TremorKind.QUARRY_BLAST],
]);

/**
 * 1,707 rows, of which 1,548 are in a state. What is null in the file is absent: most of what people felt, and the
 * figures on the stations of some networks.
 */
export function earthquakes(): MessageShape<typeof EarthquakeSchema>[] {
  const { features } = readJson<{ features: EarthquakeLine[] }>('earthquakes.json');
  return features.map((line) => create(EarthquakeSchema, earthquakeOf(line)));
}

function earthquakeOf({ id, geometry, properties }: EarthquakeLine) {
  const [longitude, latitude, depthKm] = geometry.coordinates;
  const kind = kinds.get(properties.type);
  if (kind === undefined) throw new Error(`earthquakes.json: ${id} is a ${properties.type}`);
  // `9km NE of Aguanga, CA` as well as `55km WNW of Beatty, Nevada`.
  const state = stateCode(properties.place.split(', ').at(-1)!);
  return {
    id,
    network: properties.net,
    place: properties.place,
    ...(state === undefined ? {} : { state }),
    position: { latitude, longitude },
    depthKm,
    occurredAt: timestampFromMs(properties.time),
    updatedAt: timestampFromMs(properties.updated),
    magnitude: properties.mag,
    magnitudeScale: properties.magType,
    kind,
    reviewed: properties.status === 'reviewed',
    tsunami: properties.tsunami === 1,
    significance: properties.sig,
    sources: wordsOf(properties.sources),
    products: wordsOf(properties.types),
    ...measured({
      feltCount: properties.felt,
      reportedIntensity: properties.cdi,
      estimatedIntensity: properties.mmi,
      stationCount: properties.nst,
      nearestStationDegrees: properties.dmin,
      gapDegrees: properties.gap,
      residualSeconds: properties.rms,
    }),
  } satisfies MessageInitShape<typeof EarthquakeSchema>;
}

function wordsOf(list: string): string[] {
  return list.split(',').filter((word) => word !== '');
}

/** The figures that are there. */
function measured<Name extends string>(
  figures: Readonly<Record<Name, number | null>>,
): { [Key in Name]?: number } {
  const present = Object.entries(figures).filter(([, figure]) => figure !== null);
  return Object.fromEntries(present) as { [Key in Name]?: number };
}
