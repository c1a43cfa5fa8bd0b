import { createRandom, type Random } from '../../support/random.ts';
import { oftenFirst, uuid } from '../../support/random-texts.ts';
import { names } from '../../support/words.ts';
import { field, type Row, type Table } from '../table.ts';

const roles = ['viewer', 'editor', 'admin', 'owner'] as const;
const locales = ['en-GB', 'de-DE', 'fr-FR', 'es-ES', 'it-IT', 'pl-PL', 'pt-PT', 'ja-JP'];
const domains = ['gmail.com', 'outlook.com', 'icloud.com', 'web.de', 'orange.fr', 'example.org'];
const cities = [
  'London',
  'Berlin',
  'Paris',
  'Madrid',
  'Milano',
  'Warszawa',
  'Lisboa',
  'Osaka',
  'Leeds',
];
const firstNames = names.map((name) => name.split(' ')[0]!);
const lastNames = names.map((name) => name.split(' ')[1]!);
const dayMs = 86_400_000;

/** People who signed up, in the order in which they did. */
export function users(count: number): Table {
  const random = createRandom(101);
  const taken = new Map<string, number>();
  let created = Date.UTC(2022, 0, 3, 8);
  const rows: Row[] = [];
  for (let index = 0; index < count; index++) {
    created += Math.ceil(-Math.log(1 - random.next()) * 3_600_000);
    rows.push(userAt(random, created, taken));
  }
  return {
    name: 'users',
    fields: [
      field('id', 'uuid'),
      field('name', 'text'),
      field('email', 'text'),
      { name: 'role', type: { kind: 'enum', names: roles } },
      field('active', 'boolean'),
      field('created', 'time'),
      field('updated', 'time'),
      field('lastSeen', 'time'),
      field('logins', 'integer'),
      field('locale', 'text'),
      field('phone', 'text'),
      field('city', 'text'),
    ],
    rows,
  };
}

function userAt(random: Random, created: number, taken: Map<string, number>): Row {
  const first = firstNames[random.below(firstNames.length)]!;
  const last = lastNames[random.below(lastNames.length)]!;
  const local = `${first}.${last}`.toLowerCase();
  const number = taken.get(local) ?? 0;
  taken.set(local, number + 1);
  // Half of all never came back.
  const updated = random.below(2) === 0 ? created : created + random.below(400 * dayMs);
  const seen = random.below(4) > 0;
  return {
    id: uuid(random),
    name: `${first} ${last}`,
    email: `${local}${number === 0 ? '' : number}@${oftenFirst(domains, random)}`,
    role: oftenFirst(roles, random),
    active: random.below(12) > 0,
    created,
    updated,
    ...(seen ? { lastSeen: updated + random.below(60 * dayMs) } : {}),
    logins: seen ? Math.floor(400 * random.next() ** 4) + 1 : 0,
    locale: oftenFirst(locales, random),
    ...(random.below(5) < 2 ? { phone: phoneNumber(random) } : {}),
    ...(random.below(5) < 3 ? { city: oftenFirst(cities, random) } : {}),
  };
}

function phoneNumber(random: Random): string {
  const mobile = 150 + random.below(30);
  return `+49 ${mobile} ${String(random.below(10_000_000)).padStart(7, '0')}`;
}
