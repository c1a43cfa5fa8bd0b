package dev.syncdb.interop;

import com.google.common.hash.Hashing;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The digest of a row in a scope, as Checkpoint.rows_digest sums them: MurmurHash3 x86 32 of {@code
 * utf8(table) 00 utf8(key) 00 fixed64(row_version)}, with one seed for the upper half and with
 * another for the lower. Sums are modulo 2^64, which is how Java's long adds up anyway.
 */
final class RowsDigest {
  private static final int SEED_HIGH = 0x53796e63;
  private static final int SEED_LOW = 0x44423031;

  private RowsDigest() {}

  static long of(String table, String key, long rowVersion) {
    var text = new ByteArrayOutputStream();
    text.writeBytes(table.getBytes(StandardCharsets.UTF_8));
    text.write(0);
    text.writeBytes(key.getBytes(StandardCharsets.UTF_8));
    text.write(0);
    text.writeBytes(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(rowVersion).array());
    byte[] bytes = text.toByteArray();
    long high = Hashing.murmur3_32_fixed(SEED_HIGH).hashBytes(bytes).asInt();
    long low = Hashing.murmur3_32_fixed(SEED_LOW).hashBytes(bytes).asInt() & 0xffff_ffffL;
    return high << 32 | low;
  }
}
