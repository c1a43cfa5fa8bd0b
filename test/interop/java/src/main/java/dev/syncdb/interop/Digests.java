package dev.syncdb.interop;

import com.google.protobuf.ByteString;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.Operation;
import dev.syncdb.v1.Transaction;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** By what a transaction is known beside its counter, and the ids that follow from it. */
final class Digests {
  private static final int DIGEST_BYTES = 16;
  private static final int STEM_LENGTH_MAX = 54;

  private Digests() {}

  /** The first half of SHA-256 of the transaction in canonical form. */
  static ByteString of(Transaction transaction) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(canonical(transaction));
      return ByteString.copyFrom(hash, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * The id under which a device goes on whose own is another's too. {@code digest} is that of the
   * first transaction that moves, under the old id.
   */
  static String nextId(String id, ByteString digest) {
    String stem = id.replaceFirst("\\.f[0-9a-f]{8}$", "");
    String digits = HexFormat.of().formatHex(digest.substring(0, 4).toByteArray());
    return stem.substring(0, Math.min(stem.length(), STEM_LENGTH_MAX)) + ".f" + digits;
  }

  /**
   * Java writes fields in the order of their numbers, lists of numbers packed, and leaves defaults
   * out, so only the rows are to be put into the canonical form.
   */
  private static byte[] canonical(Transaction transaction) {
    var canonical = transaction.toBuilder().clearChanges();
    for (Change change : transaction.getChangesList()) canonical.addChanges(canonical(change));
    return canonical.build().toByteArray();
  }

  private static Change canonical(Change change) {
    if (change.getOperation() == Operation.OPERATION_DELETE || !change.hasRow()) return change;
    var canonical = change.toBuilder().setRowBytes(change.getRow().getValue());
    String typeUrl = change.getRow().getTypeUrl();
    if (change.getTable().isEmpty()) {
      canonical.setTable(typeUrl.substring(typeUrl.lastIndexOf('/') + 1));
    }
    return canonical.build();
  }
}
