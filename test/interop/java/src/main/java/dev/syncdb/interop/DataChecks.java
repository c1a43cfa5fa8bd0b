package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;
import static dev.syncdb.interop.Failure.expected;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.Comparison;
import dev.syncdb.v1.ComparisonOperator;
import dev.syncdb.v1.Filter;
import dev.syncdb.v1.FilterList;
import dev.syncdb.v1.OrderBy;
import dev.syncdb.v1.QueryRequest;
import dev.syncdb.v1.QueryResponse;
import dev.syncdb.v1.Row;
import dev.syncdb.v1.RowChange;
import dev.syncdb.v1.RowChangeType;
import dev.syncdb.v1.TransactRequest;
import dev.syncdb.v1.TransactResponse;
import dev.syncdb.v1.WatchRequest;
import io.grpc.Status.Code;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import test.v1.InspectionOuterClass.Inspection;
import test.v1.ShapesOuterClass.Shapes;

/** DataService: what a backend service in another language uses, without being a replica. */
final class DataChecks {
  private static final String WEST = "west";

  private final Remote remote;
  private final Checks checks;

  DataChecks(Remote remote, Checks checks) {
    this.remote = remote;
    this.checks = checks;
  }

  void run() {
    checks.check("data-transact", this::transact);
    checks.check("data-transact-twice", this::transactTwice);
    checks.check("data-if-match", this::ifMatch);
    checks.check("data-query", this::query);
    checks.check("data-watch", this::watch);
    checks.check("data-large-rows", this::largeRows);
  }

  private String transact() {
    var changes = new ArrayList<Change.Builder>();
    for (int index = 0; index < 25; index++) changes.add(Changes.put(Rows.inspection(WEST, index)));
    var response = transact("", changes.toArray(Change.Builder[]::new));
    requireEqual(25, response.getEtagsCount(), "etags");
    require(
        response.getEtagsList().stream().noneMatch(String::isEmpty),
        "an empty etag of a row that is there");
    return "25 rows, up to " + response.getHeadSeq();
  }

  private String transactTwice() {
    var once = transact("request-1", Changes.put(Rows.inspection(WEST, 25)));
    var twice = transact("request-1", Changes.put(Rows.inspection(WEST, 25)));
    requireEqual(once, twice, "the answer to the same request");
    return "applied once";
  }

  private String ifMatch() {
    var failure =
        expected(
            Code.ABORTED,
            "ETAG_MISMATCH",
            () ->
                transact(
                    "",
                    Changes.delete(Rows.INSPECTION, Rows.inspectionKey(WEST, 0)).setIfMatch("v0")));
    failure.requireField("changes[0]");
    require(!failure.metadata().getOrDefault("current_etag", "").isEmpty(), "no current_etag");
    return failure.toString();
  }

  private TransactResponse transact(String requestId, Change.Builder... changes) {
    var request =
        TransactRequest.newBuilder().setDatabase(remote.database()).setRequestId(requestId);
    for (Change.Builder change : changes) request.addChanges(change);
    return remote.data().transact(request.build());
  }

  private String query() {
    var request =
        QueryRequest.newBuilder()
            .setDatabase(remote.database())
            .setTable(Changes.tableOf(Rows.INSPECTION))
            .setFilter(westernAndOpen())
            .addOrderBy(OrderBy.newBuilder().setField("visits").setDescending(true))
            .setLimit(10);
    var keys = new ArrayList<String>();
    int visits = Integer.MAX_VALUE;
    int pages = 0;
    for (String token = null; token == null || !token.isEmpty(); pages++) {
      if (token != null) request.setPageToken(token);
      token = "";
      for (var batches = remote.data().query(request.build()); batches.hasNext(); ) {
        QueryResponse batch = batches.next();
        for (Row row : batch.getRowsList()) {
          var inspection = (Inspection) Tables.unpack(row.getTable(), row.getRow());
          require(inspection.getVisits() <= visits, "not in order");
          visits = inspection.getVisits();
          keys.add(row.getKey());
        }
        token = batch.getNextPageToken();
      }
    }
    requireEqual(26, keys.size(), "rows");
    requireEqual(26L, keys.stream().distinct().count(), "different rows");
    var count =
        remote.data().query(request.clearPageToken().setLimit(0).setCountOnly(true).build()).next();
    requireEqual(26L, count.getRowCount(), "row_count");
    return keys.size() + " rows in " + pages + " pages";
  }

  private static Filter westernAndOpen() {
    return Filter.newBuilder()
        .setAllOf(
            FilterList.newBuilder()
                .addFilters(equal("station_id", WEST))
                .addFilters(equal("status", "INSPECTION_STATUS_OPEN")))
        .build();
  }

  private static Filter equal(String field, String value) {
    return Filter.newBuilder()
        .setCompare(
            Comparison.newBuilder()
                .setField(field)
                .setOperation(ComparisonOperator.COMPARISON_OPERATOR_EQUAL)
                .addValues(Value.newBuilder().setStringValue(value)))
        .build();
  }

  private String watch() {
    var request =
        WatchRequest.newBuilder()
            .setDatabase(remote.database())
            .setTable(Changes.tableOf(Rows.INSPECTION))
            .setFilter(westernAndOpen())
            .build();
    var watch = remote.data().watch(request);
    int initial = 0;
    for (boolean live = false; !live; ) {
      var batch = watch.next();
      initial += batch.getChangesCount();
      live = batch.getLive();
    }
    requireEqual(26, initial, "rows at first");
    String key = Rows.inspectionKey(WEST, 3);
    transact("", Changes.patch(key, Inspection.newBuilder().setVisits(300).build()));
    RowChange change = only(watch.next().getChangesList());
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_FULL, change.getType(), "type");
    var values = Inspection.newBuilder().setStationId(Rows.EAST).build();
    transact("", Changes.patch(key, values, Inspection.STATION_ID_FIELD_NUMBER));
    requireEqual(
        RowChangeType.ROW_CHANGE_TYPE_DELETED,
        only(watch.next().getChangesList()).getType(),
        "type");
    return initial + " rows, then a change, then one that matches no longer";
  }

  /**
   * Rows whose sum is more than a stub takes in one message, which is 4 MiB unless it is told
   * otherwise.
   */
  private String largeRows() {
    var shapes =
        Shapes.newBuilder()
            .setSiteId("large")
            .setBytesValue(ByteString.copyFrom(new byte[200_000]));
    for (int index = 0; index < 30; index++) {
      transact("", Changes.put(shapes.setId("large-" + index).build()));
    }
    Filter large = equal("site_id", "large");
    var query =
        QueryRequest.newBuilder()
            .setDatabase(remote.database())
            .setTable(Changes.tableOf(shapes.build()))
            .setFilter(large)
            .addOrderBy(OrderBy.newBuilder().setField("id").setDescending(true));
    var keys = new ArrayList<String>();
    int batches = 0;
    for (var responses = remote.data().query(query.build()); responses.hasNext(); batches++) {
      responses.next().getRowsList().forEach(row -> keys.add(row.getKey()));
    }
    requireEqual(30, keys.size(), "rows of the query");
    requireEqual(
        keys.stream().sorted(Comparator.reverseOrder()).toList(), keys, "order of the query");

    var watch =
        remote
            .data()
            .watch(
                WatchRequest.newBuilder()
                    .setDatabase(remote.database())
                    .setTable(Changes.tableOf(shapes.build()))
                    .setFilter(large)
                    .build());
    int watched = 0;
    for (boolean live = false; !live; ) {
      var batch = watch.next();
      watched += batch.getChangesCount();
      live = batch.getLive();
    }
    requireEqual(30, watched, "rows of the watch");

    var puller = new Puller(remote, "java-large", "site/large");
    puller.pull();
    return "30 rows of 200 kB in " + batches + " batches, watched and pulled too";
  }

  private static RowChange only(List<RowChange> changes) {
    requireEqual(1, changes.size(), "changes");
    return changes.get(0);
  }
}
