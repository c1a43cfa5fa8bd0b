import { create, type MessageShape } from '@bufbuild/protobuf';
import { AirportSchema } from '../../gen/es/example/v1/place_pb.ts';
import { readCsv } from './source.ts';

/** 3,376 rows. 12 of them have `NA` for city and state, 4 of these abroad: both are absent then. */
export function airports(): MessageShape<typeof AirportSchema>[] {
  return readCsv('airports.csv').map((line) => {
    const city = line.maybeText('city', 'NA');
    const state = line.maybeText('state', 'NA');
    return create(AirportSchema, {
      iata: line.text('iata'),
      name: line.text('name'),
      ...(city === undefined ? {} : { city }),
      ...(state === undefined ? {} : { state }),
      country: line.text('country'),
      position: { latitude: line.number('latitude'), longitude: line.number('longitude') },
    });
  });
}
