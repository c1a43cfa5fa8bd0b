/**
 * The example's rows: real public data out of the npm package `vega-datasets`, as typed messages. Every start reads
 * the same rows with the same keys in the same order.
 */
import type { DescFile, DescMessage, Message } from '@bufbuild/protobuf';
import {
  EarthquakeSchema,
  file_example_v1_earthquake,
} from '../gen/es/example/v1/earthquake_pb.ts';
import {
  FlightSchema,
  file_example_v1_flight,
  RouteSchema,
} from '../gen/es/example/v1/flight_pb.ts';
import {
  AirportSchema,
  file_example_v1_place,
  StateSchema,
} from '../gen/es/example/v1/place_pb.ts';
import {
  file_example_v1_wildlife_strike,
  WildlifeStrikeSchema,
} from '../gen/es/example/v1/wildlife_strike_pb.ts';
import { airports } from './dataset/airports.ts';
import { earthquakes } from './dataset/earthquakes.ts';
import { flights, routes } from './dataset/flights.ts';
import { states } from './dataset/states.ts';
import { wildlifeStrikes } from './dataset/wildlife-strikes.ts';

/** The schema of the example: every message of these files that has the option `(syncdb.v1.table)`. */
export const exampleSchema: readonly DescFile[] = [
  file_example_v1_place,
  file_example_v1_flight,
  file_example_v1_wildlife_strike,
  file_example_v1_earthquake,
];

/** The rows of one table. */
export interface ExampleTable {
  readonly desc: DescMessage;
  readonly rows: readonly Message[];
}

/** All 30,505 rows. A row's references lead to rows before it. Takes some tenths of a second. */
export function exampleTables(): ExampleTable[] {
  return [
    { desc: StateSchema, rows: states() },
    { desc: AirportSchema, rows: airports() },
    { desc: RouteSchema, rows: routes() },
    { desc: FlightSchema, rows: flights() },
    { desc: WildlifeStrikeSchema, rows: wildlifeStrikes() },
    { desc: EarthquakeSchema, rows: earthquakes() },
  ];
}
