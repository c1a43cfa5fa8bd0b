import { type Command, Option } from 'commander';
import type { PushOptions } from '../push.ts';
import { addRemoteOptions } from '../remote/remote-options.ts';
import { requestName } from './arguments.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb push`. */
export function addPush(program: Command): void {
  const command = program
    .command('push')
    .description(
      'Send transactions to a server, one after the other, and say of each what became of it.',
    )
    .argument('[files...]', 'what to read; `-` or nothing is stdin')
    .addOption(
      new Option(
        '-f, --format <format>',
        'else as the name says: .json, .ndjson, .jsonl, .binpb, .pb; of stdin ndjson',
      ).choices(['json', 'ndjson', 'binary']),
    )
    .option('-t, --table <table>', 'the table of edits that name none')
    .addOption(
      new Option(
        '--id <name>',
        'edits that were pushed under this id are not applied again, where the file is the same',
      ).argParser(requestName),
    );
  addRemoteOptions(command)
    .addHelpText(
      'after',
      `
Each line is a transaction: simple edits, which are written as a backend service's, or a replica's own in the JSON of
syncdb.v1.Transaction (binary: each behind its length, a varint).

  {"table": "Airport", "put": {"iata": "ELM", "name": "Elmira"}}
  {"table": "Airport", "patch": {"iata": "ELM", "notes": null}}        null clears a field
  {"table": "Airport", "delete": "ELM", "ifMatch": "..."}              only if its etag is still that one
  {"edits": [{"table": "Airport", "put": {...}, "ifNoneMatch": true}, ...]}    all or nothing

Ends with 3 where one was refused: none of its edits is applied. What is no transaction ends the push; those before it
are answered.

Examples:
  $ syncdb push edits.ndjson
  $ echo '{"patch": {"iata": "ELM", "notes": "Closed on Monday."}}' | syncdb push --table Airport`,
    )
    .action((files: readonly string[], options: PushOptions) =>
      runStreamed('syncdb push', 'go-on', async (streams) => {
        const { push } = await import('../push.ts');
        await push(files, options, streams);
      }),
    );
}
