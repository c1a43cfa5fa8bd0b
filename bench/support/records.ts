import { createRandom, type Random } from './random.ts';
import { sentence, uuid } from './random-texts.ts';
import { names } from './words.ts';

/** The record that every measurement is about, as a program without SyncDB would have it. */
export interface SiteRecord {
  /** A UUID, version 4. */
  readonly id: string;
  /** One of 200. */
  readonly siteId: string;
  readonly status: RecordStatus;
  /** 1 to 5. */
  readonly priority: number;
  /** Milliseconds since 1970, some time in 2025. */
  readonly created: number;
  /** Up to 30 days later. */
  readonly updated: number;
  /** Degrees, six decimals. */
  readonly latitude: number;
  readonly longitude: number;
  /** Degrees Celsius, one decimal. */
  readonly temperature: number;
  /** Five words; empty in short records. */
  readonly title: string;
  /** 20 to 40 words; empty in short records. */
  readonly notes: string;
  readonly done: boolean;
  /** One of 50. */
  readonly assignee: string;
}

export type RecordStatus = (typeof statuses)[number];

export const statuses = ['open', 'active', 'closed'] as const;
export const siteIds: readonly string[] = Array.from(
  { length: 200 },
  (_, index) => `site-${String(index).padStart(3, '0')}`,
);

export interface RecordOptions {
  readonly seed?: number;
  /** Without title and notes. */
  readonly short?: boolean;
}

const year = { startMs: Date.UTC(2025, 0, 1), days: 365 };
const dayMs = 86_400_000;

/** Record number `index`: the same for the same seed, whichever were made before it. */
export function recordAt(index: number, options: RecordOptions = {}): SiteRecord {
  const { seed = 1, short = false } = options;
  const random = createRandom(seed, index);
  const id = uuid(random);
  const created = year.startMs + random.below(year.days * dayMs);
  return {
    id,
    siteId: siteIds[random.below(siteIds.length)]!,
    status: statuses[random.below(statuses.length)]!,
    priority: 1 + random.below(5),
    created,
    updated: created + random.below(30 * dayMs),
    latitude: (47_000_000 + random.below(8_000_000)) / 1e6,
    longitude: (6_000_000 + random.below(9_000_000)) / 1e6,
    temperature: (random.below(600) - 200) / 10,
    title: short ? '' : sentence(random, 5),
    notes: short ? '' : sentence(random, 20 + random.below(21)),
    done: random.below(2) === 1,
    assignee: names[random.below(names.length)]!,
  };
}

/** The id alone, as a string of its own. */
export function recordIdAt(index: number, seed = 1): string {
  return uuid(createRandom(seed, index));
}

/** Fields of a record that an edit changes, with their new values. */
export type RecordEdit = Partial<
  Pick<SiteRecord, 'status' | 'priority' | 'temperature' | 'done' | 'assignee'>
> & {
  readonly updated?: number;
};

/** An edit of one field or two, as people make them: `done` ticked, another reading, another assignee. */
export function editOf(record: SiteRecord, random: Random): RecordEdit {
  const first = singleEdit(record, random);
  return random.below(2) === 0
    ? first
    : { ...first, updated: record.updated + 1 + random.below(dayMs) };
}

function singleEdit(record: SiteRecord, random: Random): RecordEdit {
  switch (random.below(5)) {
    case 0:
      return { status: other(statuses, record.status, random) };
    case 1:
      return { priority: other([1, 2, 3, 4, 5], record.priority, random) };
    case 2:
      return { temperature: Math.round(record.temperature * 10 + 1 + random.below(50)) / 10 };
    case 3:
      return { done: !record.done };
    default:
      return { assignee: other(names, record.assignee, random) };
  }
}

function other<Value>(values: readonly Value[], than: Value, random: Random): Value {
  const index = values.indexOf(than) + 1 + random.below(values.length - 1);
  return values[index % values.length]!;
}
