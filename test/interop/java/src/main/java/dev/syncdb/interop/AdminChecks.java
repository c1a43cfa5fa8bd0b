package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;

import dev.syncdb.v1.AdminServiceGrpc;
import dev.syncdb.v1.DatabaseInfo;
import dev.syncdb.v1.GetStatusRequest;
import dev.syncdb.v1.ListDatabasesRequest;
import dev.syncdb.v1.ListTablesRequest;
import dev.syncdb.v1.TableInfo;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** AdminService: where a foreign client learns the schema that it must name in its handshakes. */
final class AdminChecks {
  private final ManagedChannel channel;
  private final String database;
  private final Checks checks;
  private DatabaseInfo info = DatabaseInfo.getDefaultInstance();

  AdminChecks(ManagedChannel channel, String database, Checks checks) {
    this.channel = channel;
    this.database = database;
    this.checks = checks;
  }

  /** Returns the database with the schema that the server names. */
  Remote run() {
    checks.check("admin-health", this::health);
    checks.check("admin-status", this::status);
    checks.check("admin-list-databases", this::listDatabases);
    checks.check("admin-list-tables", this::listTables);
    return new Remote(channel, database, info.getSchema());
  }

  private String health() {
    var health = HealthGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS);
    var request = HealthCheckRequest.newBuilder().setService("syncdb.v1.SyncService").build();
    ServingStatus status = health.check(request).getStatus();
    requireEqual(ServingStatus.SERVING, status, "status");
    return status.toString();
  }

  private String status() {
    var status = admin().getStatus(GetStatusRequest.getDefaultInstance());
    require(
        status.getProtocolMin() <= 1 && status.getProtocolMax() >= 1, "does not speak protocol 1");
    require(!status.getServerVersion().isEmpty(), "server_version is empty");
    return "SyncDB " + status.getServerVersion();
  }

  private String listDatabases() {
    for (var one :
        admin().listDatabases(ListDatabasesRequest.getDefaultInstance()).getDatabasesList()) {
      if (one.getName().equals(database)) info = one;
    }
    var schema = info.getSchema();
    require(schema.getVersion() >= 1, "no version of " + database);
    require(
        schema.getFingerprint().matches("[0-9a-f]{16}"),
        "no fingerprint: " + schema.getFingerprint());
    require(info.getLogId().size() == 16, "log_id has " + info.getLogId().size() + " bytes");
    return "version " + schema.getVersion() + ", fingerprint " + schema.getFingerprint();
  }

  private String listTables() {
    List<TableInfo> tables =
        admin()
            .listTables(ListTablesRequest.newBuilder().setDatabase(database).build())
            .getTablesList();
    TableInfo inspection =
        tables.stream()
            .filter(table -> table.getName().equals("test.v1.Inspection"))
            .findFirst()
            .orElseThrow(() -> new CheckFailure("no table test.v1.Inspection"));
    requireEqual("id", inspection.getKeyField(), "key");
    requireEqual(List.of("station/{station_id}"), inspection.getScopesList(), "scopes");
    requireEqual(8, inspection.getColumnsCount(), "columns");
    require(!inspection.getSystem(), "Inspection passes for a system table");
    return tables.size() + " tables";
  }

  private AdminServiceGrpc.AdminServiceBlockingStub admin() {
    return AdminServiceGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS);
  }
}
