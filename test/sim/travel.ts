import type { Cast } from './chaos.ts';
import type { ClientActor } from './client-actor.ts';
import type { Prng } from './prng.ts';
import { inspectionKeys, moveEdits, stations } from './workload.ts';
import { inspectionTable, type World } from './world.ts';

/**
 * Phones go on with the home while a relay is without it, and come to the relay later, which has been told of more than they
 * by then, or of less. Meanwhile one that stays has a row leave its scope, and come back behind them.
 */
export function toTownAndBack(world: World, cast: Cast, random: Prng): void {
  const { home, phones, relays, network } = cast;
  const { scheduler, swarm } = world;
  const relay = random.pick(relays);
  const stays = random.pick(phones);
  network.part(relay.name, home.name, random);
  for (const each of phones) each.goTo(home, random.below(300));
  const leaveMs = 200 + random.below(1_500);
  const shown = inspectionKeys(swarm.taste).filter((key) => stationOf(stays, key) !== undefined);
  if (shown.length > 0) {
    const key = random.pick(shown);
    const move = (delayMs: number, station: string) =>
      scheduler.after(delayMs, () => {
        if (world.isChaos()) stays.write(moveEdits(key, station));
      });
    move(random.below(leaveMs), random.pick(stations));
    move(leaveMs + random.below(500), stationOf(stays, key)!);
  }
  scheduler.after(leaveMs, () => {
    for (const each of phones) if (each !== stays) each.goTo(relay, 1_000 + random.below(5_000));
  });
}

/** Where an inspection is, as a phone shows it. */
function stationOf({ replica }: ClientActor, key: string): string | undefined {
  const { index } = inspectionTable.columnByName.get('station_id')!;
  return replica.row(inspectionTable, key)?.cells[index] as string | undefined;
}
