import { createRandom, type Random } from '../../support/random.ts';
import { oftenFirst, prose, ulid, uuid } from '../../support/random-texts.ts';
import { words } from '../../support/words.ts';
import { field, type Row, type Table } from '../table.ts';

const reactionNames = ['👍', '❤️', '😂', '🎉', '👀', '🙏', '🚀'];

/** What people wrote to each other in 40 channels, in the order in which they did. */
export function messages(count: number): Table {
  const random = createRandom(103);
  const authors = Array.from({ length: 300 }, () => uuid(random));
  const channels = Array.from({ length: 40 }, (_, index) => `${words[17 * index]}-${index}`);
  let sent = Date.UTC(2025, 5, 2, 7);
  const rows: Row[] = [];
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    // Talk comes in bursts.
    sent += Math.ceil(-Math.log(1 - random.next()) * (random.below(10) === 0 ? 240_000 : 9_000));
    const id = ulid(sent, random);
    const isReply = ids.length > 0 && random.below(4) === 0;
    rows.push({
      id,
      channel: oftenFirst(channels, random),
      author: oftenFirst(authors, random),
      text: prose(random, 2 + Math.floor(45 * random.next() ** 3)),
      sent,
      ...(random.below(20) === 0 ? { edited: sent + random.below(600_000) } : {}),
      ...(isReply ? { replyTo: ids[Math.max(0, ids.length - 1 - random.below(50))] } : {}),
      ...(random.below(6) === 0 ? { reactions: reactionsOf(random) } : {}),
    });
    ids.push(id);
  }
  return {
    name: 'messages',
    fields: [
      field('id', 'text'),
      field('channel', 'text'),
      field('author', 'uuid'),
      field('text', 'text'),
      field('sent', 'time'),
      field('edited', 'time'),
      field('replyTo', 'text'),
      { name: 'reactions', type: { kind: 'map', values: { kind: 'integer' } } },
    ],
    rows,
  };
}

function reactionsOf(random: Random): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let left = 1 + random.below(6); left > 0; left--) {
    const name = oftenFirst(reactionNames, random);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
