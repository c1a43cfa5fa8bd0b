import type { Command } from 'commander';
import type { BackupOptions } from '../backup.ts';
import { runProgram } from '../failure.ts';
import { remoteHints } from '../remote/remote-hints.ts';
import { addCallOptions, databaseOption, serverOption } from '../remote/remote-options.ts';

/** Adds `syncdb backup`. */
export function addBackup(program: Command): void {
  const command = program
    .command('backup')
    .description(
      'Back up a database while a server serves it, into one file, and mark it as safe: what replicas wrote up to there they need not keep any more.',
    )
    .requiredOption(
      '--to <file>',
      'the file; it has this name only once it is whole, and takes the place of one that has it',
    )
    .addOption(serverOption())
    .addOption(databaseOption())
    .option('--name <name>', 'name of the mark, one for each place where backups go', 'backup')
    .option('--no-mark', 'do not mark it as safe, since it goes elsewhere first');
  addCallOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  Every night, from a timer:
    $ syncdb backup --to /backup/main-$(date +%F).syncdb-backup --name nightly

  Bring it back:
    $ syncdb restore --from /backup/main-2026-11-21.syncdb-backup --data ./data --replace`,
    )
    .action((options: BackupOptions) =>
      runProgram(
        'syncdb backup',
        async () => {
          const { backup } = await import('../backup.ts');
          await backup(options);
        },
        remoteHints,
      ),
    );
}
