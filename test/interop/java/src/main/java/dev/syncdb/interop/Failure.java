package dev.syncdb.interop;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a program can read of a failed call: the status code, and the details that travel with it as
 * {@code google.rpc.Status}.
 */
record Failure(
    Status.Code code,
    String message,
    String reason,
    String domain,
    Map<String, String> metadata,
    List<String> fields) {

  static Failure of(Throwable thrown) {
    com.google.rpc.Status status = StatusProto.fromThrowable(thrown);
    if (status == null)
      throw new CheckFailure("an error without status details: " + thrown, thrown);
    ErrorInfo info = ErrorInfo.getDefaultInstance();
    var fields = new ArrayList<String>();
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) info = detail.unpack(ErrorInfo.class);
        if (!detail.is(BadRequest.class)) continue;
        for (var violation : detail.unpack(BadRequest.class).getFieldViolationsList()) {
          fields.add(violation.getField());
        }
      }
    } catch (InvalidProtocolBufferException broken) {
      throw new CheckFailure("status details that do not parse", broken);
    }
    return new Failure(
        Status.fromCodeValue(status.getCode()).getCode(),
        status.getMessage(),
        info.getReason(),
        info.getDomain(),
        info.getMetadataMap(),
        fields);
  }

  /** Runs a call that must fail with this code and reason. */
  static Failure expected(Status.Code code, String reason, Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException thrown) {
      return of(thrown).require(code, reason);
    }
    throw new CheckFailure("the call went well; it must fail with " + code + " " + reason);
  }

  Failure require(Status.Code wantedCode, String wantedReason) {
    Checks.requireEqual(
        wantedCode + " " + wantedReason, code + " " + reason, "status of '" + message + "'");
    Checks.requireEqual("syncdb", domain, "domain of the ErrorInfo");
    return this;
  }

  Failure requireField(String field) {
    Checks.require(fields.contains(field), "BadRequest names " + fields + ", not " + field);
    return this;
  }

  @Override
  public String toString() {
    return code + " " + reason + (fields.isEmpty() ? "" : " at " + String.join(", ", fields));
  }
}
