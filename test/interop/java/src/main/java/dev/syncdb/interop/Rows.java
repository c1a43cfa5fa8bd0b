package dev.syncdb.interop;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import test.v1.InspectionOuterClass.Inspection;
import test.v1.InspectionOuterClass.InspectionStatus;
import test.v1.InspectionOuterClass.Station;
import test.v1.ShapesOuterClass.Color;
import test.v1.ShapesOuterClass.Place;
import test.v1.ShapesOuterClass.Shapes;

/** Rows to write. */
final class Rows {
  static final String NORTH = "north";
  static final String SOUTH = "south";
  static final String EAST = "east";

  /** Keys of inspections, for deletes and patches that set nothing else. */
  static final Inspection INSPECTION = Inspection.getDefaultInstance();

  private Rows() {}

  /** The scope that holds the inspections of a station. */
  static String scopeOf(String station) {
    return "station/" + station;
  }

  static Station station(String id) {
    return Station.newBuilder().setId(id).setName("Station " + id).build();
  }

  /** Inspection {@code station-00042}. */
  static String inspectionKey(String station, int index) {
    return String.format("%s-%05d", station, index);
  }

  static Inspection inspection(String station, int index) {
    return Inspection.newBuilder()
        .setId(inspectionKey(station, index))
        .setStationId(station)
        .setStatus(InspectionStatus.INSPECTION_STATUS_OPEN)
        .setNotes("Look at valve " + index)
        .setVisits(index % 7)
        .setTemperature(index / 10.0 - 20)
        .setDue(Timestamp.newBuilder().setSeconds(1_760_000_000L + index * 60L).setNanos(index))
        .addLabels("valve")
        .addLabels("line " + index % 12)
        .build();
  }

  /** A row with something in every kind of column, the extremes of 64-bit numbers among them. */
  static Shapes shapes(String id) {
    Place inner =
        Place.newBuilder().setName("Ünder").addMarks(-1).addMarks(Integer.MIN_VALUE).build();
    return Shapes.newBuilder()
        .setId(id)
        .setSiteId("site-1")
        .setBoolValue(true)
        .setInt32Value(Integer.MIN_VALUE)
        .setSint32Value(Integer.MIN_VALUE)
        .setSfixed32Value(Integer.MAX_VALUE)
        .setUint32Value(0xffff_ffff)
        .setFixed32Value(0xffff_fffe)
        .setInt64Value(Long.MIN_VALUE)
        .setSint64Value(Long.MAX_VALUE)
        .setSfixed64Value(-1)
        .setUint64Value(0xffff_ffff_ffff_ffffL)
        .setFixed64Value(0x8000_0000_0000_0000L)
        .setFloatValue(Float.MIN_VALUE)
        .setDoubleValue(-0.0)
        .setStringValue("naïve \uD83D\uDE00 \u0000 end")
        .setBytesValue(ByteString.copyFrom(new byte[] {0, -1, 127, -128}))
        .setColor(Color.COLOR_INFRARED)
        .setBoolMaybe(false)
        .setInt64Maybe(0)
        .setUint64Maybe(0xffff_ffff_ffff_ffffL)
        .setDoubleMaybe(Double.NEGATIVE_INFINITY)
        .setStringMaybe("")
        .setBytesMaybe(ByteString.EMPTY)
        .setColorMaybe(Color.COLOR_UNSPECIFIED)
        .setAt(Timestamp.newBuilder().setSeconds(-62_135_596_800L).setNanos(1))
        .setLasts(Duration.newBuilder().setSeconds(-5).setNanos(-500_000_000))
        .setPlace(
            Place.newBuilder()
                .setLatitude(89.999999)
                .setParent(inner)
                .putLabels("a", "b")
                .addParts(inner))
        .setExtra(
            Struct.newBuilder().putFields("n", Value.newBuilder().setNumberValue(1.5).build()))
        .setChoicePlace(inner)
        .addInt32List(-1)
        .addSint64List(Long.MIN_VALUE)
        .addDoubleList(Math.PI)
        .addColorList(Color.COLOR_ULTRAVIOLET)
        .addStringList("blue")
        .addStringList("50% / *")
        .addBytesList(ByteString.copyFromUtf8("b"))
        .addPlaceList(inner)
        .addUnpackedList(-1)
        .putStringMap("", "empty key")
        .putPlaceMap(-7, inner)
        .putDoubleMap(true, 2.5)
        .setFarValue("far")
        .setFarthestValue(-1)
        .build();
  }
}
