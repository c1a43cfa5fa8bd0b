package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.Checkpoint;
import dev.syncdb.v1.Delta;
import dev.syncdb.v1.RowChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The rows that a client holds, kept by the rules of {@code RowChange} and {@code Delta} alone.
 * What deltas bring becomes visible at the next checkpoint, and is compared there with what the
 * server says this client holds.
 */
final class Copy {
  /** A row by table and key. */
  record RowId(String table, String key) implements Comparable<RowId> {
    @Override
    public int compareTo(RowId other) {
      int byTable = table.compareTo(other.table);
      return byTable != 0 ? byTable : key.compareTo(other.key);
    }
  }

  /** A row that is held. */
  record Held(Message row, long version, String etag, List<String> scopes) {
    Held in(List<String> fewer) {
      return fewer.size() == scopes.size() ? this : new Held(row, version, etag, fewer);
    }
  }

  private final Map<RowId, Held> rows = new HashMap<>();

  /** What the next checkpoint brings about, in this order. */
  private final List<Runnable> staged = new ArrayList<>();

  private final Set<RowId> stagedIds = new HashSet<>();
  private ByteString cursor = ByteString.EMPTY;
  private long seq;

  /** What a session is about that has brought no cursor yet. */
  private Served beginning;

  /** A session begins that is about this. */
  void begin(Served served) {
    beginning = served;
  }

  ByteString cursor() {
    return cursor;
  }

  /** Seq of the last checkpoint. */
  long seq() {
    return seq;
  }

  int size() {
    return rows.size();
  }

  Set<RowId> ids() {
    return Set.copyOf(rows.keySet());
  }

  /** The visible rows in the order of their ids. */
  Map<RowId, Held> snapshot() {
    return new TreeMap<>(rows);
  }

  /** Compares the visible rows, SyncDB's own left out, with those of another copy. */
  void requireSameRows(Copy other) {
    requireEqual(other.teamRows(), teamRows(), "rows");
  }

  private Map<RowId, Held> teamRows() {
    var team = new TreeMap<RowId, Held>();
    rows.forEach(
        (id, held) -> {
          if (id.table.startsWith("syncdb.")) return;
          team.put(
              id,
              new Held(held.row, held.version, held.etag, held.scopes.stream().sorted().toList()));
        });
    return team;
  }

  /** Ids of what has come since the last checkpoint. */
  Set<RowId> stagedIds() {
    return Set.copyOf(stagedIds);
  }

  Held held(Message prototype, String key) {
    Held row = rows.get(new RowId(Changes.tableOf(prototype), key));
    if (row == null) throw new CheckFailure("this client does not hold " + key);
    return row;
  }

  boolean holds(Message prototype, String key) {
    return rows.containsKey(new RowId(Changes.tableOf(prototype), key));
  }

  /** An edit that makes a row this; it says what this client has seen of the row. */
  Change.Builder put(Message row, String key) {
    return Changes.put(row).setBaseVersion(seq).setBaseAbsent(!holds(row, key));
  }

  /** Takes a delta, and at a checkpoint shows all that has come, and proves it. */
  void take(Delta delta) {
    require(delta.getPacked().isEmpty(), "packed bytes for a client that asked for rows");
    require(!delta.getCursor().isEmpty(), "a delta without a cursor");
    // With its first cursor the server takes it that what the session is not about is gone here. If
    // a later session is about it again, it comes as new, and without what was deleted meanwhile.
    // So the going stands in line with the changes, and outlives a cut.
    if (beginning != null) {
      Served served = beginning;
      staged.add(() -> dropAllBut(served));
      beginning = null;
    }
    for (RowChange change : delta.getChangesList()) {
      staged.add(() -> apply(change));
      stagedIds.add(idOf(change));
    }
    cursor = delta.getCursor();
    if (!delta.hasCheckpoint()) return;
    staged.forEach(Runnable::run);
    staged.clear();
    stagedIds.clear();
    prove(delta.getCheckpoint());
  }

  /**
   * What the subscription names no longer goes, and rows forget the scopes that it does not name.
   */
  private void dropAllBut(Served served) {
    rows.replaceAll((id, held) -> held.in(held.scopes.stream().filter(served::hasScope).toList()));
    rows.entrySet()
        .removeIf(row -> row.getValue().scopes.isEmpty() || !served.hasTable(row.getKey().table));
  }

  private void prove(Checkpoint checkpoint) {
    require(checkpoint.getSeq() >= seq, "checkpoint " + checkpoint.getSeq() + " after " + seq);
    seq = checkpoint.getSeq();
    long count = 0;
    long digest = 0;
    for (var entry : rows.entrySet()) {
      RowId id = entry.getKey();
      Held held = entry.getValue();
      count += held.scopes.size();
      digest += RowsDigest.of(id.table, id.key, held.version) * held.scopes.size();
    }
    requireEqual(checkpoint.getRowCount(), count, "row_count");
    requireEqual(
        Long.toUnsignedString(checkpoint.getRowsDigest(), 16),
        Long.toUnsignedString(digest, 16),
        "rows_digest");
  }

  private void apply(RowChange change) {
    RowId id = idOf(change);
    Held held = rows.get(id);
    switch (change.getType()) {
      case ROW_CHANGE_TYPE_FULL -> {
        require(change.getFieldsCount() == 0, "fields in a FULL change of " + id);
        requireNotOlder(held, change);
        rows.put(id, heldBy(change, Tables.unpack(id.table, change.getRow())));
      }
      case ROW_CHANGE_TYPE_PATCH -> {
        require(held != null, "a PATCH of " + id + ", which this client does not hold");
        requireNotOlder(held, change);
        Message values = Tables.unpack(id.table, change.getRow());
        rows.put(id, heldBy(change, patched(held.row, values, change.getFieldsList())));
      }
      // Rows that were never held may go too. The version is that of one move out of many, so it
      // may be lower than what is held.
      case ROW_CHANGE_TYPE_DELETED, ROW_CHANGE_TYPE_EVICTED -> {
        require(!change.hasRow(), "contents of " + id + ", which is gone");
        rows.remove(id);
      }
      default -> throw new CheckFailure("a change of type " + change.getType());
    }
  }

  private static void requireNotOlder(Held held, RowChange change) {
    boolean older = held != null && change.getRowVersion() < held.version;
    require(!older, change.getKey() + " went back from " + (held == null ? 0 : held.version));
  }

  private static Held heldBy(RowChange change, Message row) {
    require(change.getScopesCount() > 0, "a row in no scope: " + change.getKey());
    require(!change.getEtag().isEmpty(), "a row without etag: " + change.getKey());
    require(change.hasModifiedAt(), "a row without modified_at: " + change.getKey());
    return new Held(
        row, change.getRowVersion(), change.getEtag(), List.copyOf(change.getScopesList()));
  }

  /** Takes each of the fields from {@code values}, or clears it where {@code values} lacks it. */
  private static Message patched(Message row, Message values, List<Integer> fields) {
    var result = row.toBuilder();
    var named = new HashSet<FieldDescriptor>();
    for (int number : fields) {
      FieldDescriptor field = row.getDescriptorForType().findFieldByNumber(number);
      require(field != null, "a PATCH names field " + number + ", which there is not");
      named.add(field);
      if (values.getAllFields().containsKey(field)) result.setField(field, values.getField(field));
      else result.clearField(field);
    }
    require(
        named.containsAll(values.getAllFields().keySet()),
        "a PATCH brings more than the fields it names");
    return result.build();
  }

  static RowId idOf(RowChange change) {
    require(
        !change.getTable().isEmpty() && !change.getKey().isEmpty(), "a change that names no row");
    return new RowId(change.getTable(), change.getKey());
  }
}
