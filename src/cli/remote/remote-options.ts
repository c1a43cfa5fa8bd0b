import { type Command, InvalidArgumentError, Option } from 'commander';

/** What every command that talks to a server is told about it. */
export interface RemoteOptions {
  /** `host:port`. */
  readonly server: string;
  readonly database: string;
  /** File with a FileDescriptorSet; without one the server is asked for its types. */
  readonly schema?: string;
  /** Milliseconds within which a call must be answered; a stream that goes on for ever must begin within it. */
  readonly timeout: number;
  /** Goes with each call as `authorization: Bearer TOKEN`. */
  readonly token?: string;
  /** Further metadata of each call: `name: value`. */
  readonly header: readonly string[];
}

/** Adds these options to a command, each with its environment variable. */
export function addRemoteOptions(command: Command, database = databaseOption()): Command {
  command
    .addOption(serverOption())
    .addOption(database)
    .addOption(
      new Option(
        '--schema <file>',
        'your protos, compiled; without it the server is asked for its types by reflection',
      ).env('SYNCDB_SCHEMA'),
    );
  return addCallOptions(command);
}

export function serverOption(): Option {
  return new Option('--server <host:port>', 'the server')
    .env('SYNCDB_SERVER')
    .default('127.0.0.1:50051');
}

export function databaseOption(): Option {
  return new Option('--database <name>', 'name of the database')
    .env('SYNCDB_DATABASE')
    .default('main');
}

/** What goes with each call. */
export function addCallOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait for an answer')
        .env('SYNCDB_TIMEOUT')
        .default(30_000, '30')
        .argParser(parseSeconds),
    )
    .addOption(
      new Option(
        '--token <token>',
        'goes with each call as `authorization: Bearer TOKEN`; the variable keeps it out of the list of processes',
      ).env('SYNCDB_TOKEN'),
    )
    .addOption(
      new Option('--header <name:value>', 'further metadata of each call; may be given again')
        .env('SYNCDB_HEADER')
        .default([], 'none')
        .argParser(addHeader),
    );
}

function parseSeconds(text: string): number {
  const ms = Number(text) * 1_000;
  if (text.trim() === '' || !(ms >= 1 && ms <= 86_400_000)) {
    throw new InvalidArgumentError('It must be a number of seconds, up to 86400.');
  }
  return Math.round(ms);
}

const headerPattern = /^([A-Za-z0-9._-]+)\s*:\s*([\x20-\x7e]*)$/;

function addHeader(text: string, before: unknown): readonly string[] {
  const name = headerPattern.exec(text)?.[1];
  if (name === undefined || name.toLowerCase().endsWith('-bin')) {
    throw new InvalidArgumentError('It must be `name: value` in ASCII, such as `x-team: blue`.');
  }
  return [...(before as readonly string[]), text];
}

/** Name and value of such a header. */
export function headerParts(header: string): [name: string, value: string] {
  const [, name = '', value = ''] = headerPattern.exec(header) ?? [];
  return [name, value.trim()];
}
