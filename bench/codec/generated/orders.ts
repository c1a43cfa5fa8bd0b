import { createRandom, type Random } from '../../support/random.ts';
import { oftenFirst, prose, sentence, ulid, uuid } from '../../support/random-texts.ts';
import { field, type Row, type Table } from '../table.ts';

const statuses = ['delivered', 'shipped', 'paid', 'placed', 'cancelled', 'returned'] as const;
const currencies = ['EUR', 'GBP', 'CHF'];

interface Product {
  readonly sku: string;
  readonly title: string;
  readonly cents: number;
}

/** What people bought, in the order in which they did. */
export function orders(count: number): Table {
  const random = createRandom(102);
  const customers = Array.from({ length: 3_000 }, () => uuid(random));
  const products = Array.from({ length: 400 }, (_, index) => productAt(index, random));
  let placed = Date.UTC(2025, 2, 1, 6);
  const rows: Row[] = [];
  for (let index = 0; index < count; index++) {
    placed += Math.ceil(-Math.log(1 - random.next()) * 180_000);
    rows.push(orderAt(placed, oftenFirst(customers, random), products, random));
  }
  return {
    name: 'orders',
    fields: [
      field('id', 'text'),
      field('customer', 'uuid'),
      { name: 'status', type: { kind: 'enum', names: statuses } },
      field('placed', 'time'),
      field('updated', 'time'),
      field('currency', 'text'),
      {
        name: 'items',
        type: {
          kind: 'list',
          items: {
            kind: 'message',
            fields: [
              field('sku', 'text'),
              field('title', 'text'),
              field('quantity', 'integer'),
              field('price', 'float'),
              field('total', 'float'),
            ],
          },
        },
      },
      field('subtotal', 'float'),
      field('shipping', 'float'),
      field('tax', 'float'),
      field('total', 'float'),
      field('note', 'text'),
    ],
    rows,
  };
}

function productAt(index: number, random: Random): Product {
  return {
    sku: `SKU-${String(10_000 + 37 * index).padStart(6, '0')}`,
    title: sentence(random, 2 + random.below(3)),
    // Prices end with 9 or 5, and few are high.
    cents: 10 * Math.ceil(3_000 * random.next() ** 3 + 10) - (random.below(3) === 0 ? 5 : 1),
  };
}

function orderAt(
  placed: number,
  customer: string,
  products: readonly Product[],
  random: Random,
): Row {
  let subtotal = 0;
  const items = Array.from({ length: 1 + Math.floor(6 * random.next() ** 2) }, () => {
    const { sku, title, cents } = oftenFirst(products, random);
    const quantity = 1 + Math.floor(5 * random.next() ** 4);
    subtotal += quantity * cents;
    return { sku, title, quantity, price: cents / 100, total: (quantity * cents) / 100 };
  });
  const shipping = subtotal > 5_000 ? 0 : random.below(5) === 0 ? 990 : 490;
  const tax = Math.round((subtotal + shipping) * 0.19);
  return {
    id: ulid(placed, random),
    customer,
    status: oftenFirst(statuses, random),
    placed,
    updated: placed + Math.floor(9 * 86_400_000 * random.next() ** 2),
    currency: oftenFirst(currencies, random),
    items,
    subtotal: subtotal / 100,
    shipping: shipping / 100,
    tax: tax / 100,
    total: (subtotal + shipping + tax) / 100,
    ...(random.below(12) === 0 ? { note: prose(random, 4 + random.below(16)) } : {}),
  };
}
