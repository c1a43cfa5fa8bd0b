import { createRandom, type Random } from '../../support/random.ts';
import { oftenFirst, prose, uuid } from '../../support/random-texts.ts';
import { siteIds } from '../../support/records.ts';
import { names } from '../../support/words.ts';
import { field, type Row, type Table } from '../table.ts';

const states = ['planned', 'passed', 'failed', 'repeated'] as const;
const conditions = ['good', 'worn', 'replaced', 'missing'];
const dayMs = 86_400_000;

/** Visits of sites by inspectors. The checklist is a Struct: what is on it depends on the site. */
export function inspections(count: number): Table {
  const random = createRandom(104);
  let created = Date.UTC(2025, 0, 6, 6);
  const rows: Row[] = [];
  for (let index = 0; index < count; index++) {
    created += random.below(40) * 60_000;
    rows.push(inspectionAt(created, random));
  }
  return {
    name: 'inspections',
    fields: [
      field('id', 'uuid'),
      field('site', 'text'),
      field('inspector', 'text'),
      { name: 'state', type: { kind: 'enum', names: states } },
      field('created', 'time'),
      field('due', 'time'),
      field('closed', 'time'),
      {
        name: 'visits',
        type: {
          kind: 'list',
          items: {
            kind: 'message',
            fields: [field('at', 'time'), field('minutes', 'integer'), field('remark', 'text')],
          },
        },
      },
      field('checklist', 'struct'),
      { name: 'photos', type: { kind: 'list', items: { kind: 'text' } } },
      field('notes', 'text'),
    ],
    rows,
  };
}

function inspectionAt(created: number, random: Random): Row {
  const visits = visitsAfter(created, random);
  const last = visits.at(-1);
  const isClosed = last !== undefined && random.below(5) > 0;
  return {
    id: uuid(random),
    site: siteIds[random.below(siteIds.length)]!,
    inspector: oftenFirst(names, random),
    state: last === undefined ? 'planned' : states[1 + Math.floor(3 * random.next() ** 3)]!,
    created,
    // The end of a working day.
    due: (Math.floor(created / dayMs) + 7 * (1 + random.below(8))) * dayMs + 16 * 3_600_000,
    ...(isClosed ? { closed: last.at + last.minutes * 60_000 } : {}),
    visits,
    ...(last === undefined ? {} : { checklist: checklist(random) }),
    photos: visits.flatMap(({ at }) => photosAt(at, random)),
    ...(random.below(3) > 0 ? { notes: prose(random, 10 + random.below(50)) } : {}),
  };
}

function visitsAfter(created: number, random: Random) {
  const visits: { at: number; minutes: number; remark?: string }[] = [];
  let at = created;
  for (let left = random.below(4); left > 0; left--) {
    at += (1 + random.below(9)) * dayMs + random.below(12) * 900_000;
    const remark = random.below(4) === 0 ? { remark: prose(random, 3 + random.below(8)) } : {};
    visits.push({ at, minutes: 5 * (2 + random.below(20)), ...remark });
  }
  return visits;
}

function checklist(random: Random): Row {
  const maybe = (of: number, make: () => Row) => (random.below(of) > 0 ? make() : {});
  return {
    ...maybe(20, () => ({ exitsClear: random.below(9) > 0 })),
    ...maybe(10, () => ({ extinguisher: oftenFirst(conditions, random) })),
    ...maybe(4, () => ({ pressureBar: (40 + random.below(30)) / 10 })),
    ...maybe(8, () => ({ lamps: random.below(24) })),
    ...maybe(2, () => ({ gasAlarm: random.below(30) > 0 })),
    ...maybe(3, () => ({ ladder: oftenFirst(conditions, random) })),
  };
}

/** A camera numbers its photos. */
function photosAt(at: number, random: Random): string[] {
  const first = Math.floor(at / 600_000) % 9_000;
  return Array.from({ length: random.below(4) }, (_, index) => {
    return `IMG_${String(first + index).padStart(4, '0')}.jpg`;
  });
}
