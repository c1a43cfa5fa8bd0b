/** Every limit of SyncDB in one place. Each is tested at the limit and one over. */
export interface Limits {
  /** Columns of one table. */
  readonly tableColumnsMax: number;
  /** Tables of one database, the system's own included. */
  readonly tablesMax: number;
  /** UTF-8 bytes of a key's text form; at least 1. */
  readonly keyBytesMax: number;
  /** UTF-8 bytes of a scope name. */
  readonly scopeBytesMax: number;
  /** Scopes that hold one row. */
  readonly rowScopesMax: number;
  /** Bytes of one row as a protobuf message. */
  readonly rowBytesMax: number;
  /** Depth of nested messages within a row. */
  readonly nestingDepthMax: number;
  /** Changes of one transaction. */
  readonly transactionChangesMax: number;
  /** Bytes of one transaction in its canonical encoding. */
  readonly transactionBytesMax: number;
  /** Bytes of the two versions in the ledger entries of one transaction, together. */
  readonly ledgerBytesMax: number;
  /** Transactions of one push. */
  readonly pushTransactionsMax: number;
  /** Bytes of the transactions of one push, about; one that has more alone goes in parts. */
  readonly pushBytesMax: number;
  /** Bytes of the transaction in one of its parts. */
  readonly partBytesMax: number;
  /** Bytes of the parts that a server keeps of transactions that are not ordered yet, those of all writers together. */
  readonly partsBytesMax: number;
  /** Transactions of which a server keeps such parts. */
  readonly partTransactionsMax: number;
  /** Milliseconds that such parts stay where others want their room and no more of them comes. */
  readonly partsIdleMsMax: number;
  /** Changes of a large transaction that are looked at in one synchronous step. */
  readonly stepChangesMax: number;
  /** Bytes of its rows that are looked at in one synchronous step; the row that reaches it is the last one. */
  readonly stepBytesMax: number;
  /**
   * Bytes of the heap, about, of pushed transactions that are on their way to be ordered, those of all streams and calls of a
   * database together; less where the heap of the process is small. What comes above it waits as it came, unread.
   */
  readonly waitingBytesMax: number;
  /** Connections of a server. What is above is reset at once. */
  readonly connectionsMax: number;
  /** Those of one address; of one network of 64 bits with IPv6. Behind a proxy all have that one's. */
  readonly addressConnectionsMax: number;
  /** Milliseconds within which a new connection begins a call that the server knows. */
  readonly firstCallMsMax: number;
  /** Milliseconds that a connection stays where it has no call. */
  readonly connectionIdleMsMax: number;
  /** Milliseconds that a connection serves, up to a tenth less. Then its streams are told to go on over another one. */
  readonly connectionAgeMsMax: number;
  /** Milliseconds that the calls of such a connection have to end; those that could not go on elsewhere have longer. */
  readonly connectionGraceMsMax: number;
  /** Milliseconds without a byte from a peer, after which a server asks it with a ping whether it is there. */
  readonly keepaliveMs: number;
  /** Milliseconds behind such a ping in which some byte has to come, or the connection is cut. */
  readonly keepaliveAnswerMsMax: number;
  /** Streams and calls that are open at a time on one connection. */
  readonly connectionStreamsMax: number;
  /** Calls that one connection may cancel at once, before `connectionResetsPerSecond` counts. */
  readonly connectionResetsMax: number;
  /** Calls that one connection may cancel in a second, for long. */
  readonly connectionResetsPerSecond: number;
  /**
   * Frames of one connection in a second that only make the transport answer: pings and settings. Some clients measure their line
   * with a ping in each round trip.
   */
  readonly controlFramesPerSecond: number;
  /** Bytes of the metadata of one call, names included and 32 more for each entry. */
  readonly metadataBytesMax: number;
  /** Entries of this metadata, those of HTTP/2 itself included. */
  readonly metadataEntriesMax: number;
  /** Bytes that a stream may send ahead of what is read of it, where there are few connections. */
  readonly streamWindowBytesMax: number;
  /** Bytes that one stream of each connection together may send so, down to 16 KiB for each. */
  readonly windowsBytesMax: number;
  /**
   * Bytes of messages that are not whole yet, or whole and not read, those of all calls of a server together; less where the
   * heap of the process is small.
   */
  readonly receivingBytesMax: number;
  /** Bytes of messages that were sent and not taken by their readers, those of all calls of a server together. */
  readonly sendingBytesMax: number;
  /**
   * Milliseconds within which a message must be whole: the request of a call, and the first of a stream, from its headers on,
   * and each later one of a stream from its first byte on.
   */
  readonly requestMsMax: number;
  /** Scopes and patterns, and likewise tables, of one subscription. */
  readonly subscriptionItemsMax: number;
  /** Bytes of a cursor. */
  readonly cursorBytesMax: number;
  /** Comparisons of one filter; also bounds its depth. */
  readonly filterNodesMax: number;
  /** Rows of one page of a query that asks for all. */
  readonly queryBatchRows: number;
  /** Commits that wait for one who follows them; the oldest go first. */
  readonly tailCommitsMax: number;
  /** Changes of one commit that it is told of. */
  readonly tailChangesMax: number;
  /** Rows gathered for a Delta in one synchronous step. */
  readonly deltaRowsMax: number;
  /**
   * Bytes of the rows of one Delta before compression, with all that travels with each row and in whichever encoding;
   * the row that reaches it is the last one.
   */
  readonly deltaBytesMax: number;
  /** Changes looked at for a Delta in one synchronous step, whether or not they are sent. */
  readonly deltaVisitsMax: number;
  /** Bytes of what was encoded for the first sync of one client and is kept for those of others, of one database. */
  readonly sharedBlocksBytesMax: number;
  /** Bytes of the rows that a client has pushed on its stream and that are kept, until a checkpoint covers them, to name them by. */
  readonly pushedRowsBytesMax: number;
  /** Bytes of one gRPC message, either way. */
  readonly messageBytesMax: number;
  /** Bytes of a message of a client's on a Sync stream that is neither a push nor a part; and of the request of any other call. */
  readonly talkBytesMax: number;
  /** How far a stamp may run ahead of the home's clock, in milliseconds. */
  readonly stampAheadMsMax: number;
  /** Ids that a replica had before its present one. */
  readonly formerIdsMax: number;
  /** UTF-8 bytes of a text that a device says of itself. */
  readonly deviceTextBytesMax: number;
  /** Devices that a database keeps; the one that was unseen for the longest goes first. With 0 it keeps none. */
  readonly devicesMax: number;
  /** Milliseconds after which what came from and went to devices is written to the log, while their streams go on. */
  readonly devicesWriteMs: number;
  /** Newest transactions of each writer that the home tells from others under the same counter; above those of a push. */
  readonly writerDigestsMax: number;
  /** Newest commits of a log whose chain hash the home knows, so that it tells cursors of its own history from others. */
  readonly chainChecksMax: number;
  /** The newest of these that a checkpoint tells a relay which knows none. */
  readonly checkpointChecksMax: number;
  /** A replica's own committed transactions that it keeps until they are safe; the oldest go first. */
  readonly keptTransactionsMax: number;
  /** Bytes of these, about. */
  readonly keptBytesMax: number;
  /** Fields at fault that a refusal names. */
  readonly refusalViolationsMax: number;
  /** Length of each text of a refusal, in UTF-16 units; what is cut off ends in an ellipsis. */
  readonly refusalTextLengthMax: number;
  /** Transactions in a replica's tentative queue. */
  readonly queueTransactionsMax: number;
  /** Bytes of these, about; the one that reaches it is the last. */
  readonly queueBytesMax: number;
  /** An edit goes into one before it of the same row that is no older than this, in milliseconds; see `amendment`. */
  readonly coalescedMsMax: number;
  /** Requests of backend services whose answers are kept for retries. */
  readonly requestsKeptMax: number;
  /** Bytes of what a client could not store yet: then it is sent nothing more, and writes nothing more on a full disk. */
  readonly storageBacklogBytesMax: number;
  /** A client's journal is written anew when it has more bytes, and twice as many as the state that it began with. */
  readonly journalBytesMin: number;
  /** Transactions of one group commit. */
  readonly commitGroupMax: number;
  /** Time for which the event loop is held to order one group, in milliseconds, about. */
  readonly commitGroupMsMax: number;
  /** Bytes of one group commit; a single larger transaction still goes, alone. */
  readonly commitGroupBytesMax: number;
  /** Bytes of the rows, the history and the caches of one database; above them nothing but deletions is ordered. */
  readonly memoryBytesMax: number;
  /** Bytes by which the log has grown at least when a snapshot begins; and no less than the last snapshot took. */
  readonly snapshotLogBytesMin: number;
  /** How long a transaction waits for a log that failed and is opened again, before its writer is told, in milliseconds. */
  readonly recoveryWaitMsMax: number;
}

/** The limits that hold unless a server is told otherwise. */
export const defaultLimits: Limits = {
  tableColumnsMax: 512,
  tablesMax: 1_000,
  keyBytesMax: 512,
  scopeBytesMax: 256,
  rowScopesMax: 64,
  rowBytesMax: 1 << 20,
  nestingDepthMax: 64,
  transactionChangesMax: 1_000_000,
  transactionBytesMax: 256 << 20,
  ledgerBytesMax: 256 << 20,
  pushTransactionsMax: 1_000,
  pushBytesMax: 4 << 20,
  partBytesMax: 1 << 20,
  partsBytesMax: 512 << 20,
  partTransactionsMax: 1_000,
  partsIdleMsMax: 60_000,
  stepChangesMax: 1_000,
  stepBytesMax: 4 << 20,
  waitingBytesMax: 256 << 20,
  connectionsMax: 10_000,
  addressConnectionsMax: 1_000,
  firstCallMsMax: 20_000,
  connectionIdleMsMax: 300_000,
  connectionAgeMsMax: 3_600_000,
  connectionGraceMsMax: 30_000,
  keepaliveMs: 90_000,
  keepaliveAnswerMsMax: 30_000,
  connectionStreamsMax: 256,
  connectionResetsMax: 1_000,
  connectionResetsPerSecond: 33,
  controlFramesPerSecond: 10_000,
  metadataBytesMax: 16 << 10,
  metadataEntriesMax: 128,
  streamWindowBytesMax: 256 << 10,
  windowsBytesMax: 256 << 20,
  receivingBytesMax: 256 << 20,
  sendingBytesMax: 256 << 20,
  requestMsMax: 300_000,
  subscriptionItemsMax: 1_000,
  cursorBytesMax: 64 << 10,
  filterNodesMax: 256,
  queryBatchRows: 1_000,
  tailCommitsMax: 1_000,
  tailChangesMax: 100,
  deltaRowsMax: 1_000,
  deltaBytesMax: 1 << 20,
  deltaVisitsMax: 20_000,
  sharedBlocksBytesMax: 64 << 20,
  pushedRowsBytesMax: 512 << 10,
  messageBytesMax: 8 << 20,
  talkBytesMax: 1 << 20,
  stampAheadMsMax: 60_000,
  formerIdsMax: 16,
  deviceTextBytesMax: 128,
  devicesMax: 10_000,
  devicesWriteMs: 300_000,
  writerDigestsMax: 1 << 20,
  chainChecksMax: 1 << 22,
  checkpointChecksMax: 1 << 14,
  keptTransactionsMax: 10_000,
  keptBytesMax: 16 << 20,
  refusalViolationsMax: 16,
  refusalTextLengthMax: 500,
  queueTransactionsMax: 100_000,
  queueBytesMax: 256 << 20,
  coalescedMsMax: 60_000,
  requestsKeptMax: 100_000,
  storageBacklogBytesMax: 16 << 20,
  journalBytesMin: 4 << 20,
  commitGroupMax: 1_000,
  commitGroupMsMax: 8,
  commitGroupBytesMax: 4 << 20,
  memoryBytesMax: Number.MAX_SAFE_INTEGER,
  snapshotLogBytesMin: 64 << 20,
  recoveryWaitMsMax: 10_000,
};
