import type { Hints } from '../failure.ts';

/** What to do about the errors that every such command meets. */
export const remoteHints: Hints = {
  UNAVAILABLE: 'is it running there? --server or SYNCDB_SERVER says where',
  DEADLINE_EXCEEDED: 'it did not answer in time; --timeout or SYNCDB_TIMEOUT gives it longer',
  UNKNOWN_DATABASE: '--database or SYNCDB_DATABASE names it',
  UNKNOWN_TABLE: '`syncdb status` lists the tables',
  UNAUTHENTICATED: 'SYNCDB_TOKEN or --header says who you are',
  ADMIN_DENIED: 'SYNCDB_TOKEN or --header says who you are',
};
