import { EarthquakeSchema } from '../../gen/es/example/v1/earthquake_pb.ts';
import { FlightSchema, RouteSchema } from '../../gen/es/example/v1/flight_pb.ts';
import { AirportSchema, StateSchema } from '../../gen/es/example/v1/place_pb.ts';
import { WildlifeStrikeSchema } from '../../gen/es/example/v1/wildlife_strike_pb.ts';

/** The tables of the example. */
export const tourTables = [
  AirportSchema,
  EarthquakeSchema,
  FlightSchema,
  RouteSchema,
  StateSchema,
  WildlifeStrikeSchema,
] as const;
