import { type Command, Option } from 'commander';
import type { DevicesOptions } from '../devices.ts';
import { addRemoteOptions } from '../remote/remote-options.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb devices`. */
export function addDevices(program: Command): void {
  const command = program
    .command('devices')
    .description(
      'List the devices of a database: who is online, what they sent and what became of it; or forget one.',
    )
    .option('--online', 'those with an open stream only', false)
    .option('--offline', 'those without one only', false)
    .option(
      '--remove <replica>',
      'forget this device, and end its streams; what it wrote stays, and it is registered anew if it comes again',
    )
    .addOption(
      new Option('-f, --format <format>', 'a table on a terminal, else ndjson').choices([
        'table',
        'ndjson',
      ]),
    );
  addRemoteOptions(command)
    .addHelpText(
      'after',
      `
Times are UTC. Piped, each device is a line: the JSON of syncdb.v1.DeviceInfo, which has more than the table.

Examples:
  $ syncdb devices --online
  $ syncdb devices | jq -r 'select(.device.refusedCount) | .device.id'
  $ syncdb devices --remove lost-phone`,
    )
    .action((options: DevicesOptions) =>
      runStreamed('syncdb devices', 'end', async (streams) => {
        const { devices } = await import('../devices.ts');
        await devices(options, streams);
      }),
    );
}
