import { create, type MessageShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { FlightSchema, RouteSchema } from '../../gen/es/example/v1/flight_pb.ts';
import { readCsv, readJson } from './source.ts';

/** One element of flights-10k.json: local time as `2001/01/31 23:59`, delay in minutes, distance in miles. */
interface FlightLine {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** 10,000 rows, a sample; nothing is missing. No two of them leave for the same airport in the same minute. */
export function flights(): MessageShape<typeof FlightSchema>[] {
  return readJson<FlightLine[]>('flights-10k.json').map(
    ({ date, delay, distance, origin, destination }) =>
      create(FlightSchema, {
        id: `${date.replaceAll(/[/:]/g, '').replace(' ', '-')}-${origin}-${destination}`,
        origin,
        destination,
        departsAt: timestampFromMs(localTimeMs(date)),
        delay: durationFromMs(delay * 60_000),
        distanceMiles: distance,
      }),
  );
}

/** 5,366 rows: every pair of airports in the file. */
export function routes(): MessageShape<typeof RouteSchema>[] {
  return readCsv('flights-airport.csv').map((line) => {
    const origin = line.text('origin');
    const destination = line.text('destination');
    const id = `${origin}-${destination}`;
    return create(RouteSchema, { id, origin, destination, flightCount: line.number('count') });
  });
}

/** The local time as if it were UTC: the file names no zone. */
function localTimeMs(text: string): number {
  const iso = `${text.replaceAll('/', '-').replace(' ', 'T')}:00Z`;
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) throw new Error(`flights-10k.json: ${JSON.stringify(text)} is no time`);
  return ms;
}
