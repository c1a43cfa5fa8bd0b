/** A bug that is sown on purpose: a small patch of one file. */
export interface Mutant {
  /** What it breaks. */
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly before: string;
  readonly after: string;
}

/**
 * Each is to be caught by the simulator: one that survives shows a hole in it. Of these it is known, that they survive 1,000
 * seeds and are left out until runs meet them; tests have them:
 * - `sinceItBegan` skipped in src/session/subscription.ts: a scan is cut, and fewer scopes are asked for, between a row's
 *   move and its next change.
 * - `PushLines.check` skipped in src/replica/home.ts: writers whose transactions do not name the one before.
 * - The second sending in src/session/push-plan.ts: it is only sooner than the next stream.
 * - What is dropped as safe in a new history (`trim` in src/replica/kept-transactions.ts goes by seqs alone): it takes a
 *   relay that cannot tell whose an id is, and a backup before the home can.
 * - `enter` skipped in src/change/committed-state.ts, so that a relay passes a row on as a patch that it got as a whole: about
 *   one seed in a thousand has a phone at the home while the row is away, and then at a relay that never heard of it.
 * - `isOf` skipped in src/session/shared-blocks.ts, for rows that are gone and for those that have left: the actors begin in an empty
 *   database, and hardly ever two of them again with the same scopes and nothing of their own.
 * - What was lost of a former id stays away: it is lost in one of sixty seeds, and then a copy of the device mostly pushes
 *   it too.
 */
export const mutants: readonly Mutant[] = [
  // The log and recovery.
  {
    name: 'acknowledges before the log has it',
    file: 'src/server/committer.ts',
    before: 'await this.log.append(head, records)',
    after: 'this.log.append(head, records).catch(() => {})',
  },
  {
    name: 'recovery misses the last record',
    file: 'src/server/open-home.ts',
    before:
      '        ofRecord(first + index, () => home.replay(record));\n        bytes += record.length;',
    after:
      '        bytes += record.length;\n        if (bytes % 7 > 0) ofRecord(first + index, () => home.replay(record));',
  },
  {
    name: 'pending commits are seen before they are durable',
    file: 'src/session/home-source.ts',
    before: 'settledOf: (replica) => settledIn(home.state, replica)',
    after: 'settledOf: (replica) => home.settled(replica)',
  },
  {
    name: 'a transaction does not see those before it in its group',
    file: 'src/replica/pending-state.ts',
    before: 'rows.set(key, { ...after, number });',
    after: '',
  },
  // Exactly once.
  {
    name: 'a retry is ordered again',
    file: 'src/replica/home.ts',
    before: 'submitted.numbered === true ? withCounter',
    after:
      'submitted.numbered === true || submitted.prepared.transaction.counter <= known.counter ? withCounter',
  },
  {
    name: 'a retry is always told committed',
    file: 'src/replica/home.ts',
    before: 'const outcome = yield* this.orderedOutcome(submission.prepared.transaction);',
    after: 'const outcome = outcomeOf(replica, counter, undefined, 0);',
  },
  {
    name: 'another device’s transaction is taken for a retry',
    file: 'src/replica/home.ts',
    before: 'if (!isSame) throw replicaForked(replica, counter);',
    after: '',
  },
  {
    name: 'a chain that forks goes on',
    file: 'src/replica/order-checks.ts',
    before: 'if (previousDigest.length > 0 && !bytesEqual(previousDigest, known.digest)) {',
    after: 'if (previousDigest.length > 1_000) {',
  },
  {
    name: 'what another device settled is taken for its own',
    file: 'src/replica/own-chain.ts',
    before: 'return own !== undefined && bytesEqual(own, digest);',
    after: 'return true;',
  },
  {
    name: 'what was ordered under the old id goes on under the new one',
    file: 'src/session/fork-probe.ts',
    before:
      "if (answer?.status === 'committed' || answer?.status === 'refused') ordered.push(answer);",
    after:
      "if (answer?.status === 'refused') ordered.push(answer);\n      else if (answer?.status === 'committed') break;",
  },
  // Outcomes and the ledger.
  {
    name: 'some refusals leave no outcome',
    file: 'src/replica/told-rows.ts',
    before: 'if (refusal !== undefined) {',
    after: 'if (refusal !== undefined && counter % 5 > 0) {',
  },
  {
    name: 'a conflict leaves no ledger entry',
    file: 'src/replica/told-rows.ts',
    before: 'for (const conflict of conflicts) {',
    after: 'for (const conflict of conflicts.slice(1)) {',
  },
  {
    name: 'the ledger keeps the local version twice',
    file: 'src/replica/system-rows.ts',
    before:
      'met.cells === undefined ? noRow : rowBytes(target, met.cells, aboutDelete ? all : indexes)',
    after:
      "met.cells === undefined ? noRow : rowBytes(target, change.operation === 'delete' ? met.cells : cells, aboutDelete ? all : indexes)",
  },
  // Merging.
  {
    name: 'the base is ignored',
    file: 'src/merge/evaluate.ts',
    before: 'if (entry.seq === this.context.seq || entry.seq <= this.baseOf(change)) return true;',
    after: 'if (entry.seq >= 0) return true;',
  },
  {
    name: 'base_absent is ignored',
    file: 'src/merge/evaluate.ts',
    before: 'if (!change.baseAbsent) return base;',
    after: 'if (base >= 0) return base;',
  },
  {
    name: 'a writer’s own edits are foreign to it',
    file: 'src/merge/evaluate.ts',
    before: 'return this.context.knowsOwnWrites && entry.writer === this.writer;',
    after: 'return false;',
  },
  {
    name: 'a put brings a row back without having seen its end',
    file: 'src/merge/evaluate.ts',
    before: 'if (!this.knows(change, deletion)) {',
    after: "if (!this.knows(change, deletion) && change.operation === 'patch') {",
  },
  {
    name: 'a delete beats the edits that it did not know of',
    file: 'src/merge/evaluate.ts',
    before: 'if (!localWon) return;',
    after: '',
  },
  {
    name: 'the losing value is written too',
    file: 'src/merge/evaluate.ts',
    before: 'if (!localWon) removeFromMask(mask, column.index);',
    after: '',
  },
  {
    name: 'the earlier stamp wins',
    file: 'src/merge/strategy.ts',
    before: "local.stamp > remote.stamp ? 'local' : 'remote'",
    after: "local.stamp < remote.stamp ? 'local' : 'remote'",
  },
  {
    name: 'what builds on a refused transaction is called absent',
    file: 'src/merge/evaluate.ts',
    before: 'this.view.wasRefused(replica, baseCounter)',
    after: 'this.view.wasRefused(replica, counter)',
  },
  {
    name: 'stamps are not bounded',
    file: 'src/base/stamp.ts',
    before: 'return Math.min(Math.max(writer, base + 1), stampOf(nowMs + aheadMsMax));',
    after: 'return Math.max(writer, base + 1);',
  },
  {
    name: 'a stamp is not past what its writer had seen',
    file: 'src/base/stamp.ts',
    before: 'return Math.min(Math.max(writer, base + 1), stampOf(nowMs + aheadMsMax));',
    after: 'return Math.min(writer, stampOf(nowMs + aheadMsMax));',
  },
  // Deltas.
  {
    name: 'a deletion is not told',
    file: 'src/change/delta-scan.ts',
    before: "if (!change.left) return goneDelta(state, table, change, 'deleted');",
    after: 'if (!change.left) return undefined;',
  },
  {
    name: 'the end of a row that was only staged is not told',
    file: 'src/change/delta-scan.ts',
    before: 'return table.insertedAt(change.slot) > upto;',
    after: 'return table.insertedAt(change.slot) > since;',
  },
  {
    name: 'a row that left a scope is not told of',
    file: 'src/change/delta-scan.ts',
    before: 'return live && isHeld(state, request, table, slot)',
    after: 'return live',
  },
  {
    name: 'the changed fields are judged from the wrong seq',
    file: 'src/change/delta-scan.ts',
    before: 'table.changedSince(slot, request.since)',
    after: 'table.changedSince(slot, request.upto)',
  },
  {
    name: 'a row that entered a scope is sent as a patch',
    file: 'src/change/delta-scan.ts',
    before: 'heldSince(state, request, table, slot) > request.since',
    after: 'table.insertedAt(slot) > request.since',
  },
  {
    name: 'a scan goes on behind the row that found no room',
    file: 'src/change/delta-scan.ts',
    before: 'return { deltas, bytes, at, done: false, scopeSets };',
    after:
      'return { deltas, bytes, at: { seq: change.seq, table: change.table, number: change.number }, done: false, scopeSets };',
  },
  {
    name: 'a row that moves stays in its scopes',
    file: 'src/change/committed-state.ts',
    before: 'const scopes = touchesScopes(effect)',
    after: 'const scopes = touchesScopes(effect) && effect.number < 0',
  },
  {
    name: 'the digest keeps a row that left',
    file: 'src/change/scope-index.ts',
    before: 'if (before.live && !isSame) this.count(table, before.set, -1, difference);',
    after: 'if (before.live && !isSame) this.count(table, before.set, -1, { high: 0, low: 0 });',
  },
  {
    name: 'the running proof misses what is live',
    file: 'src/change/scope-watch.ts',
    before: 'touches.addTo(this.total, this.place);',
    after: '',
  },
  {
    name: 'the head is taken for reached in the middle of its commit',
    file: 'src/session/catch-up.ts',
    before: 'return group.upto === head && comparePositions(group.at, scanAfter(head)) >= 0;',
    after: 'return group.upto === head && group.at.seq >= head;',
  },
  {
    name: 'the end of a row of a new scope is not told while it is scanned',
    file: 'src/change/delta-scan.ts',
    before: 'if (since === 0 && change.seq <= first) return true;',
    after: 'if (since === 0) return true;',
  },
  {
    name: 'when a row entered a scope is not kept',
    file: 'src/change/scope-index.ts',
    before: 'this.noteMove(this.scopes[id]!.entered, rowKey(row.table, row.slot), after.version);',
    after: '',
  },
  // Replicas.
  {
    name: 'evictions are skipped',
    file: 'src/change/delta-apply.ts',
    before: "if (delta.kind === 'evicted' || state.role === 'leaf') state",
    after: "if (delta.kind === 'evicted') return undefined;\n  if (state.role === 'leaf') state",
  },
  {
    name: 'a patch loses its fields',
    file: 'src/change/delta-apply.ts',
    before: 'for (const index of indexes) table.columns.setCell(slot, index, cells[index]!);',
    after: '',
  },
  {
    name: 'the cursor is ahead of stored data',
    file: 'src/replica/committed-copy.ts',
    before: 'for (const delta of deltas) part.deltas.push(delta);',
    after: 'for (const delta of deltas.slice(0, -1)) part.deltas.push(delta);',
  },
  {
    name: 'what is not proven is shown',
    file: 'src/replica/committed-copy.ts',
    before: 'if (!this.isExpected(checkpoint)) return this.notProven();',
    after: '',
  },
  {
    name: 'rows outside of what is served any more stay',
    file: 'src/replica/committed-copy.ts',
    before: 'if (keep !== undefined) letGo(this.shown, keep, touched);',
    after: '',
  },
  {
    name: 'a write claims to have seen more than it has',
    file: 'src/replica/writing-replica.ts',
    before: 'const { head } = this.committed;',
    after: 'const head = this.committed.head + 1;',
  },
  {
    name: 'a write does not say that it saw no row',
    file: 'src/replica/on-what-is-seen.ts',
    before: 'const baseAbsent = !committed.has(table, key);',
    after: 'const baseAbsent = false;',
  },
  {
    name: 'one more than is settled leaves the queue',
    file: 'src/replica/tentative-queue.ts',
    before: 'queue[end]!.transaction.counter <= counter) end++;',
    after: 'queue[end]!.transaction.counter <= counter + 1) end++;',
  },
  {
    name: 'what is shown is not rebased on a checkpoint',
    file: 'src/replica/replica.ts',
    before: 'else for (const { table, key } of touched) this.view.recompute(table, key);',
    after: '',
  },
  {
    name: 'a new id takes ordered transactions along',
    file: 'src/replica/replica.ts',
    before: 'const last = this.chain.settled + outcomes.length;',
    after: 'const last = this.chain.settled;',
  },
  // Sessions.
  {
    name: 'the queue is dropped on reconnecting',
    file: 'src/session/client-session.ts',
    before: 'this.pushes.begin();',
    after: 'this.pushes.begin();\n    this.options.replica.queue.drop(this.options.replica.id);',
  },
  {
    name: 'settled before the checkpoint that covers it',
    file: 'src/session/client-session.ts',
    before: 'this.pushes.answered(outcome);',
    after:
      "this.pushes.answered(outcome);\n      if (outcome.status === 'committed') this.options.replica.queue.settle(outcome.replica, outcome.counter);",
  },
  {
    name: 'writes are sent before they are stored',
    file: 'src/session/push-plan.ts',
    before: 'return writer !== id || (counter <= stored && !this.isHeld);',
    after: 'return true;',
  },
  {
    name: 'what could not be ordered is never sent again',
    file: 'src/session/client-session.ts',
    before: 'this.pushes.retry();',
    after: '',
  },
  // Relays.
  {
    name: 'a relay says held of what it lets go',
    file: 'src/session/hold.ts',
    before: 'if (transaction.replica !== replica.id) take(replica, prepared, pusher);',
    after:
      'if (transaction.replica !== replica.id && transaction.counter % 7 > 0) take(replica, prepared, pusher);',
  },
  {
    // Servers are no relays yet: the simulator's stands in for what they will do.
    name: 'held is told before it is stored',
    file: 'test/sim/relay-actor.ts',
    before: 'return client.journal!.stored().then(() => {',
    after: 'return Promise.resolve().then(() => {',
  },
  {
    name: 'a relay takes another device’s transaction for the one it holds',
    file: 'src/session/hold.ts',
    before:
      'if (!bytesEqual(digestOf(same), digestOf(transaction))) throw heldDiffers(writer, counter);',
    after: '',
  },
  {
    name: 'a relay lets go of what it carries',
    file: 'src/session/client-session.ts',
    before: "if (this.current === 'catching-up' && !replica.options.relay) {",
    after: "if (this.current === 'catching-up') {",
  },
  {
    name: 'a relay shows others what it has not stored',
    file: 'src/session/replica-source.ts',
    before: 'replica !== id || counter <= stored;',
    after: 'counter > 0;',
  },
  {
    name: 'a relay goes on with a branch that the home has ended',
    file: 'src/replica/replica.ts',
    before: 'if (isOtherBranch(position, next, last)) this.hide(this.queue.drop(replica));',
    after: '',
  },
  // Histories.
  {
    name: 'a base is not clamped where histories part',
    file: 'src/replica/epochs.ts',
    before: 'return base === undefined ? change : { ...change, base };',
    after: 'return change;',
  },
  {
    name: 'the check of the chain is ignored',
    file: 'src/session/history.ts',
    before: 'if (own === check) return undefined;',
    after: 'if (own !== undefined) return undefined;',
  },
  {
    name: 'a log that lost its end begins no epoch',
    file: 'src/server/lost-end.ts',
    before: 'if (this.begins) return true;',
    after: 'if (seq > 0) return true;',
  },
  {
    name: 'an epoch begins where the home stands, and not where its log ended',
    file: 'src/server/lost-end.ts',
    before: 'this.beginEpoch(openedAt).catch',
    after: 'this.beginEpoch(home.state.head).catch',
  },
  {
    name: 'a restored log begins no epoch',
    file: 'src/server/open-home.ts',
    before: 'if (log.epoch > epoch) {',
    after: 'if (log.epoch > epoch + 100) {',
  },
  {
    name: 'what is kept is dropped before it is safe',
    file: 'src/replica/kept-transactions.ts',
    before: 'this.trim(safeSeq(copy), isLeft);',
    after: 'this.trim(copy.head, isLeft);',
  },
  {
    name: 'more is called safe than the backup has',
    file: 'src/replica/home.ts',
    before: 'const cells = safePointCells(this.schema, name, seq, nowMs);',
    after:
      'const cells = safePointCells(this.schema, name, Math.max(seq, this.pending.head), nowMs);',
  },
  {
    name: 'kept transactions are not pushed again',
    file: 'src/replica/replica.ts',
    before: 'for (const entry of this.queue.addBefore(prepared)) this.view.add(entry);',
    after: 'for (const entry of this.queue.addBefore(prepared.slice(1))) this.view.add(entry);',
  },
  {
    name: 'rows of a lost history are not quarantined',
    file: 'src/replica/replica.ts',
    before: 'this.quarantine.add(lost);',
    after: '',
  },
  {
    name: 'a relay that comes past a receiver on another history goes on',
    file: 'src/session/catch-up.ts',
    before:
      'if (forkOf(this.source, this.floor, this.check) !== undefined) throw sourceReplaced();',
    after: '',
  },
  // Snapshots.
  {
    name: 'what a fuzzy snapshot has already is applied again',
    file: 'src/replica/home.ts',
    before: 'else this.state.applyMissing(commit);',
    after: 'else this.state.apply(commit);',
  },
  {
    name: 'the log is trimmed to the newest snapshot',
    file: 'src/server/snapshotter.ts',
    before: 'const older = usable[keptCount - 1];',
    after: 'const older = usable[0];',
  },
  {
    name: 'a snapshot of a lost history is loaded',
    file: 'src/server/open-home.ts',
    before: 'return chainCheck(chain) === home.checkAt(position);',
    after: 'return chain.length > 0;',
  },
  {
    name: 'a snapshot that knows of lost commits is no evidence',
    file: 'src/server/open-home.ts',
    before: 'this.lost.push({ snapshot, seq, position });',
    after: '',
  },
  // After a failed append.
  {
    name: 'what a group took of the heap is not given back',
    file: 'src/server/commit-group.ts',
    before: 'for (const { release } of this.reserved) release();',
    after: '',
  },
  {
    name: 'a log that was opened again is not compared',
    file: 'src/server/log-reopening.ts',
    before: 'if (log.head < head) throw endLost(head, log.head);',
    after: '',
  },
  {
    name: 'what is pending is not abandoned after a failed append',
    file: 'src/server/committer.ts',
    before: 'this.fold(kept);\n    this.options.home.abandon();\n    this.waiting.unshift',
    after: 'this.fold(kept);\n    this.waiting.unshift',
  },
  {
    name: 'what a failed append left in the log is ordered again',
    file: 'src/server/committer.ts',
    before: 'this.resume(reopened.kept);',
    after: 'this.resume(0);',
  },
  // Clients' journals.
  {
    name: 'a journal says stored before it is',
    file: 'src/client/replica-journal.ts',
    before: '      await this.log.append(this.head, records);',
    after:
      '      backlog.storedAll();\n      this.options.onStored();\n      await this.log.append(this.head, records);',
  },
  {
    name: 'an acknowledged cursor need not be stored',
    file: 'src/session/ack-plan.ts',
    before: 'stored === undefined\n        ? this.waiting',
    after: 'stored !== undefined\n        ? this.waiting',
  },
  {
    name: 'deltas are not journalled, their cursor is',
    file: 'src/replica/journaled-replica.ts',
    before: "this.say({ kind: 'stage', cursor, keep, deltas });",
    after: "this.say({ kind: 'stage', cursor, keep, deltas: deltas.slice(0, -1) });",
  },
  {
    name: 'a lost history is not journalled',
    file: 'src/replica/journaled-replica.ts',
    before: "this.say({ kind: 'forked', forkedAt });",
    after: '',
  },
  {
    name: 'a journal that is written anew leaves out what is kept',
    file: 'src/replica/journaled-replica.ts',
    before: "...kept.all.map((entry): JournalRecord => ({ kind: 'kept', ...entry })),",
    after: '',
  },
  {
    name: 'a journal that is written anew lacks what was written meanwhile',
    file: 'src/client/replica-journal.ts',
    before: 'const last = [...replica.queueRecords(), ...(local?.endCopy() ?? [])];',
    after: 'const last = replica.queueRecords().slice(0, -3);',
  },
  {
    name: 'after an unknown outcome a journal stores the group again',
    file: 'src/client/replica-journal.ts',
    before: 'else if (log.head === this.head + group.length) this.appended(group);',
    after:
      'else if (log.head === this.head + group.length) {\n      this.head += group.length;\n      backlog.putBack();\n    }',
  },
  {
    name: 'a new id is used before it is stored',
    file: 'src/session/client-session.ts',
    before: 'this.options.isIdStored?.() === false ? undefined : this.hello()',
    after: 'this.hello()',
  },
  // What is shown, and what is kept for its writer.
  {
    name: 'what was ordered again elsewhere keeps what it was told before',
    file: 'src/replica/replica.ts',
    before: 'this.parkedLines.resettle([...parked, ...again], this.committed);',
    after: '',
  },
  {
    name: 'a new id parks what it ought to take along',
    file: 'src/replica/replica.ts',
    before: '    for (const entry of moved) {\n      const prepared = renumbered',
    after:
      "    this.parkedLines.add(moved.map(({ transaction }) => ({ transaction, outcome: { ...transaction, status: 'unordered', refusal: undefined, conflicts: 0 } })));\n    for (const entry of moved.slice(moved.length)) {\n      const prepared = renumbered",
  },
  {
    name: 'what the home refused is not parked',
    file: 'src/replica/parked-transaction.ts',
    before: '    this.add(parkedOf(settled, outcomes));\n    return outcomes;',
    after: '    return outcomes;',
  },
  {
    name: 'a row stays hidden after its last tentative change',
    file: 'src/replica/tentative-view.ts',
    before: 'if (row.changes.length === 0) this.rows.get(table)!.delete(key);',
    after:
      'if (row.changes.length === 0 && row.cells !== undefined) this.rows.get(table)!.delete(key);\n        if (row.changes.length === 0) row.isStale = false;',
  },
  {
    name: 'a query by key does not see own edits',
    file: 'src/replica/tentative-view.ts',
    before: 'return row === undefined ? undefined : (cellsOf(row) ?? null);',
    after: 'return row === undefined ? undefined : undefined;',
  },
  {
    name: 'of a row with edits of several writers one writer’s are shown',
    file: 'src/replica/tentative-view.ts',
    before: 'for (const { change } of sorted(row)) cells = applyTentative(change, cells);\n    row',
    after:
      'const [first] = sorted(row);\n    for (const { change, entry } of sorted(row)) {\n      if (entry.transaction.replica === first!.entry.transaction.replica) cells = applyTentative(change, cells);\n    }\n    row',
  },
  {
    name: 'tentative edits apply in the order of their writers’ ids',
    file: 'src/replica/tentative-queue.ts',
    before:
      '  if (left.orderStamp !== right.orderStamp) return left.orderStamp - right.orderStamp;\n',
    after: '',
  },
  {
    name: 'every third commit is told to live sessions with the next',
    file: 'src/session/server-session.ts',
    before: '    if (this.passes(conversation)) return undefined;\n    const batch',
    after:
      "    if (this.current === 'live' && this.probed === 0 && this.options.source.state.head % 3 === 0) return undefined;\n    if (this.passes(conversation)) return undefined;\n    const batch",
  },
  {
    name: 'quarantined rows go with the next checkpoint',
    file: 'src/replica/quarantine.ts',
    before: 'if (keys?.has(key) === false) return true;',
    after: 'if (keys?.has(key) === false) return false;',
  },
  {
    name: 'bases are clamped in histories of one epoch only',
    file: 'src/replica/epochs.ts',
    before: '  if (epochs.length === 0) return prepared;',
    after: '  if (epochs.length !== 1) return prepared;',
  },
  // What is told of what was ordered, and what a server holds.
  {
    name: 'stamps are those of arrival',
    file: 'src/base/stamp.ts',
    before: 'return Math.min(Math.max(writer, base + 1), stampOf(nowMs + aheadMsMax));',
    after:
      'return Math.min(Math.max(writer, base + 1, stampOf(nowMs)), stampOf(nowMs + aheadMsMax));',
  },
  {
    name: 'the ledger names one rule for all',
    file: 'src/replica/system-rows.ts',
    before: 'fields.map(({ rule }) => ruleNumber[rule]),',
    after: 'fields.map(() => 3),',
  },
  {
    name: 'the ledger tells no base',
    file: 'src/replica/system-rows.ts',
    before: 'base_version: BigInt(conflict.base),',
    after: 'base_version: 0n,',
  },
  {
    name: 'the ledger names the writer as whom it met',
    file: 'src/replica/system-rows.ts',
    before: 'remote_replica_id: remote.replica,',
    after: 'remote_replica_id: replica,',
  },
  {
    name: 'a refusal tells another counter',
    file: 'src/replica/system-rows.ts',
    before: '    counter: BigInt(counter),\n    reason: refusal.reason,',
    after: '    counter: BigInt(counter + 1),\n    reason: refusal.reason,',
  },
  {
    name: 'the ledger reaches its writers empty',
    file: 'src/session/redaction.ts',
    before: 'const cells = this.cut(table, state.cells(table, delta.key)!);',
    after:
      "const cells = without(table, state.cells(table, delta.key)!, ['local_row', 'remote_row', 'rules', 'fields']);",
  },
  {
    name: 'nothing is redacted',
    file: 'src/session/redaction.ts',
    before: "this.holdsAll = reader.scopes.includes('*');",
    after: 'this.holdsAll = reader.scopes.length > 0;',
  },
  {
    name: 'parts are bounded by nothing',
    file: 'src/session/part-stage.ts',
    before: 'const hasRoom = () => bytes <= partsBytesMax && count <= partTransactionsMax;',
    after: 'const hasRoom = () => bytes + count + partsBytesMax + partTransactionsMax > 0;',
  },
  {
    name: 'what a refused transaction did before its refusal stays',
    file: 'src/merge/evaluate.ts',
    before:
      'return { stamp, rows: [], conflicts: [], refusal: error.refusal(index, context.limits) };',
    after:
      'return { stamp, rows: yield* evaluator.changedRows(), conflicts: [], refusal: error.refusal(index, context.limits) };',
  },
  {
    name: 'a relay lets go of what it carries where the home has lost something',
    file: 'src/replica/replica.ts',
    before: '    this.positions.forget();\n    // A copy that is left',
    after:
      '    this.positions.forget();\n    for (const writer of this.queue.replicas()) if (!this.isOwn(writer)) this.hide(this.queue.drop(writer));\n    // A copy that is left',
  },
  {
    name: 'what became of a transaction counts as stored with what it was',
    file: 'src/client/replica-journal.ts',
    before: "if (record.kind === 'amend') this.backlog.amend(record.transaction.counter);",
    after: '',
  },
  {
    name: 'an edit goes into a transaction that was handed out',
    file: 'src/replica/amendment.ts',
    before: 'if (chain.counter === chain.sealed) return undefined;',
    after: 'if (queue.of(chain.id).length === 0) return undefined;',
  },
  {
    name: 'an edit goes into one that was made before more was learnt',
    file: 'src/replica/coalesced.ts',
    before: 'return earlier.base === later.base && earlier.baseAbsent === later.baseAbsent;',
    after: 'return earlier.table === later.table && earlier.baseAbsent === later.baseAbsent;',
  },
  {
    name: 'what is overwritten of an edit before it stays',
    file: 'src/replica/coalesced.ts',
    before: 'maskHas(later.mask, column) ? later.cells[column]! : cell;',
    after: 'maskHas(earlier.mask, column) ? cell : later.cells[column]!;',
  },
  {
    name: 'what can never be ordered is tried for ever',
    file: 'src/session/push-tries.ts',
    before: 'if (isNew) this.isRefusable = true;',
    after: 'if (isNew) this.isRefusable = false;',
  },
  {
    name: 'what can never be ordered is committed',
    file: 'src/merge/unfit.ts',
    before: 'return unfit === undefined ? evaluation : { ...evaluation, refusal: unfit };',
    after: 'return evaluation;',
  },
  {
    name: 'a push has no end where its answer does not come first',
    file: 'src/session/push-pace.ts',
    before: 'this.bytes -= sent.bytes;',
    after: 'if (this.pushes.length === 0) this.bytes -= sent.bytes;',
  },
  {
    name: 'what goes in parts goes before what waits for room',
    file: 'src/session/push-batch.ts',
    before:
      'const [large, ...others] = firsts.filter((transaction) => this.isInParts(transaction));',
    after:
      'const [large, ...others] = [...waiting].reverse().filter((transaction) => this.isInParts(transaction)).slice(0, 1);',
  },
  // Blocks of others, and what is told by what a client has.
  {
    name: 'a row that others changed, too, is told as its writer has it',
    file: 'src/session/own-rows.ts',
    before: 'return isSame && bytesEqual(row, edit.row);',
    after: 'return kind === edit.kind || isSame || bytesEqual(row, edit.row);',
  },
  {
    name: 'a cursor is shortened by more than it has of the one before',
    file: 'src/session/short-cursors.ts',
    before: 'while (at < most && left[at] === right[at]) at++;',
    after: 'while (at < most && (left[at] === right[at] || at > 24)) at++;',
  },
];
