import { createRandom, type Random } from '../../support/random.ts';
import { field, type Row, type Table } from '../table.ts';

interface Logger {
  readonly name: string;
  temperature: number;
  humidity: number;
  battery: number;
  rssi: number;
}

const loggerCount = 8;
const everyMs = 60_000;

/** What eight loggers measure, each once a minute and one after the other. */
export function readings(count: number): Table {
  const random = createRandom(105);
  const loggers = Array.from({ length: loggerCount }, (_, index) => loggerAt(index, random));
  const startMs = Date.UTC(2025, 8, 1);
  const rows = Array.from({ length: count }, (_, index) => {
    const logger = loggers[index % loggerCount]!;
    const minute = Math.floor(index / loggerCount);
    const at = startMs + minute * everyMs + (index % loggerCount) * 250;
    return readingAt(logger, at, minute, random);
  });
  return {
    name: 'readings',
    fields: [
      field('logger', 'text'),
      field('at', 'time'),
      field('temperature', 'float'),
      field('humidity', 'float'),
      field('battery', 'float'),
      field('rssi', 'integer'),
      field('flags', 'integer'),
      field('alarm', 'boolean'),
    ],
    rows,
  };
}

function loggerAt(index: number, random: Random): Logger {
  return {
    name: `logger-${String(index + 1).padStart(2, '0')}`,
    temperature: 12 + 10 * random.next(),
    humidity: 40 + 30 * random.next(),
    battery: 3.4 + 0.2 * random.next(),
    rssi: -60 - random.below(40),
  };
}

function readingAt(logger: Logger, at: number, minute: number, random: Random): Row {
  // The day goes up and down, and each logger wanders about it.
  const day = 4 * Math.sin((2 * Math.PI * minute) / 1_440);
  logger.temperature += (random.next() - 0.5) * 0.08;
  logger.humidity = Math.min(99, Math.max(15, logger.humidity + (random.next() - 0.5) * 0.5));
  logger.battery -= 0.000_02 * random.next();
  if (random.below(6) === 0) logger.rssi += random.below(3) - 1;
  const temperature = Math.round((logger.temperature + day) * 100) / 100;
  return {
    logger: logger.name,
    at,
    temperature,
    humidity: Math.round(logger.humidity * 10) / 10,
    battery: Math.round(logger.battery * 100) / 100,
    rssi: logger.rssi,
    flags: random.below(200) === 0 ? 1 << random.below(4) : 0,
    alarm: temperature > 24,
  };
}
