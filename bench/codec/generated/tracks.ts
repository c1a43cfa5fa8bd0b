import { createRandom, type Random } from '../../support/random.ts';
import { field, type Row, type Table } from '../table.ts';

interface Device {
  readonly name: string;
  at: number;
  latitude: number;
  longitude: number;
  /** Metres a second. */
  speed: number;
  /** Degrees from north. */
  heading: number;
}

const deviceCount = 25;
/** A device sends so many points at once. */
const burst = 30;
const metresPerDegree = 111_320;

/** Where vehicles are, every five seconds, as they send it. */
export function tracks(count: number): Table {
  const random = createRandom(106);
  const devices = Array.from({ length: deviceCount }, (_, index) => deviceAt(index, random));
  const rows = Array.from({ length: count }, (_, index) =>
    move(devices[Math.floor(index / burst) % deviceCount]!, random),
  );
  return {
    name: 'tracks',
    fields: [
      field('device', 'text'),
      field('at', 'time'),
      field('latitude', 'float'),
      field('longitude', 'float'),
      field('speed', 'float'),
      field('heading', 'integer'),
      field('accuracy', 'float'),
      field('moving', 'boolean'),
    ],
    rows,
  };
}

function deviceAt(index: number, random: Random): Device {
  return {
    name: `van-${String(100 + index)}`,
    at: Date.UTC(2025, 9, 6, 5) + random.below(600_000),
    latitude: 47 + 6 * random.next(),
    longitude: 7 + 7 * random.next(),
    speed: 0,
    heading: random.below(360),
  };
}

function move(device: Device, random: Random): Row {
  // About every five seconds: the receiver's clock ticks, and a phone is late now and then.
  const seconds = random.below(30) === 0 ? 6 + random.below(20) : 5;
  device.at += seconds * 1_000;
  // Traffic lights, then off again; turns at crossings, and else a road that bends a little.
  const stops = random.below(40) === 0;
  const target = stops ? 0 : 8 + 10 * random.next();
  device.speed = stops ? 0 : device.speed + (target - device.speed) * 0.25;
  const turn = random.below(25) === 0 ? 90 * (random.below(3) - 1) : (random.next() - 0.5) * 8;
  device.heading = (device.heading + turn + 360) % 360;
  const radians = (device.heading * Math.PI) / 180;
  const metres = device.speed * seconds;
  device.latitude += (metres * Math.cos(radians)) / metresPerDegree;
  const shrink = Math.cos((device.latitude * Math.PI) / 180);
  device.longitude += (metres * Math.sin(radians)) / (metresPerDegree * shrink);
  // Two metres of noise.
  const noise = () => ((random.next() - 0.5) * 4) / metresPerDegree;
  return {
    device: device.name,
    at: device.at,
    latitude: Math.round((device.latitude + noise()) * 1e6) / 1e6,
    longitude: Math.round((device.longitude + noise()) * 1e6) / 1e6,
    speed: Math.round(device.speed * 10) / 10,
    heading: Math.round(device.heading) % 360,
    accuracy: Math.round((3 + 9 * random.next() ** 3) * 10) / 10,
    moving: device.speed > 0.5,
  };
}
