"""The codecs of integers, longs and floats, by their numbers: functions of a reader and of how many values there are."""

import struct

from source import at, in_range, refuse_unless, safe, unzigzag


def divisor_of(reader):
    divisor = reader.head.varint()
    refuse_unless(divisor > 0, "a divisor is 0")
    return divisor


def integers_offset(reader, count):
    least, divisor = reader.head.signed(), divisor_of(reader)
    return [safe(least + p * divisor) for p in reader.planes(count)]


def integers_step(reader, count, climbs=False):
    refuse_unless(count >= 2, "steps need two values")
    divisor = divisor_of(reader)
    values = [reader.head.signed()]
    least = reader.head.signed() if climbs else 0
    for p in reader.planes(count - 1):
        step = p + least if climbs else unzigzag(p)
        values.append(safe(values[-1] + step * divisor))
    return values


def integers_bend(reader, count):
    refuse_unless(count >= 3, "bends need three values")
    divisor = divisor_of(reader)
    values = [reader.head.signed(), reader.head.signed()]
    step = values[1] - values[0]
    for p in reader.planes(count - 2):
        step += unzigzag(p) * divisor
        values.append(safe(values[-1] + step))
    return values


def integers_codes(reader, count):
    size = in_range(reader.head.varint(), 0, 256, "a number of codes")
    distinct = integers_offset(reader, size)
    return [at(distinct, p, "code") for p in reader.planes(count)]


def integers_halves(reader, count):
    highs, lows = integers_offset(reader, count), integers_offset(reader, count)
    return [
        high * 2**32 + in_range(low, 0, 2**32 - 1, "a lower half")
        for high, low in zip(highs, lows)
    ]


def integers_difference(reader, count):
    lane = reader.lane(count)
    shift = at([0, -1, 1], reader.head.byte(), "row")
    residuals = reader.residuals(count)
    return [
        safe(residual + lane[min(count - 1, max(0, row + shift))])
        for row, residual in enumerate(residuals)
    ]


def integers_total(reader, count):
    operations = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b]
    operation = at(operations, reader.head.byte(), "total")
    left, right = reader.lane(count), reader.lane(count)
    residuals = reader.residuals(count)
    return [safe(r + operation(a, b)) for r, a, b in zip(residuals, left, right)]


def integers_rank(reader, count):
    lane = reader.lane(count)
    size = in_range(reader.head.varint(), 0, count, "a number of first values")
    given = iter(integers_offset(reader, size))
    beside = {}
    values = []
    for context, rank in zip(lane, reader.planes(count)):
        seen = beside.setdefault(context, [])
        if rank < len(seen):
            place = rank
            value = seen[place][0]
        else:
            value = next(given, None)
            refuse_unless(value is not None, "a first value is missing")
            place = next((index for index, (known, _) in enumerate(seen) if known == value), None)
            if place is None and len(seen) < 64:
                place = len(seen)
                seen.append([value, 0])
        values.append(value)
        if place is None:
            continue
        entry = seen.pop(place)
        entry[1] += 1
        while place > 0 and seen[place - 1][1] <= entry[1]:
            place -= 1
        seen.insert(place, entry)
    refuse_unless(next(given, None) is None, "a first value is left over")
    return values


def integers_turn(reader, count):
    lane = reader.lane(count)
    order = in_range(reader.head.byte(), 1, 2, "an order")
    size = reader.head.varint()
    refuse_unless(size == len(set(lane)) and size < count, "there are not as many turns")
    given = iter(integers_offset(reader, size))
    residuals = iter(reader.residuals(count - size))
    last = {}
    values = []
    for turn in lane:
        if turn not in last:
            value = next(given)
            last[turn] = (value, value)
        else:
            known, before = last[turn]
            expected = known if order == 1 else 2 * known - before
            value = safe(expected + next(residuals))
            last[turn] = (value, known)
        values.append(value)
    return values


def integers_linear(reader, count):
    lane = reader.lane(count)
    start, slope = reader.head.signed(), reader.head.signed()
    shift = in_range(reader.head.byte(), 0, 40, "a shift")
    residuals = reader.residuals(count)
    return [
        safe(residual + safe((value - start) * slope) // 2**shift)
        for residual, value in zip(residuals, lane)
    ]


def integers_lag(reader, count):
    lag = in_range(reader.head.varint(), 2, count - 1, "a lag")
    values = integers_offset(reader, lag)
    for residual in reader.residuals(count - lag):
        values.append(safe(values[-lag] + residual))
    return values


def integers_constant(reader, count):
    return [reader.head.signed()] * count


INTEGERS = {
    0: integers_offset,
    1: integers_step,
    2: lambda reader, count: integers_step(reader, count, climbs=True),
    3: integers_bend,
    4: integers_codes,
    5: integers_halves,
    6: integers_difference,
    7: integers_total,
    8: integers_rank,
    9: integers_turn,
    10: integers_linear,
    11: integers_lag,
    12: integers_constant,
}


def longs_scaled(reader, count):
    exponent = reader.head.byte()
    refuse_unless(exponent in (0, 3, 6, 9), "there is no such scale")
    return [value * 10**exponent for value in reader.integers(count)]


def longs_offset(reader, count):
    (least,) = struct.unpack("<q", reader.head.take(8))
    return [least + value for value in reader.natural(count)]


def longs_halves(reader, count):
    highs, lows = reader.integers(count), reader.integers(count)
    return [signed_32(high) * 2**32 + unsigned_32(low) for high, low in zip(highs, lows)]


def signed_32(value):
    return in_range(value, -(2**31), 2**31 - 1, "a half")


def unsigned_32(value):
    return in_range(value, 0, 2**32 - 1, "a half")


LONGS = {0: longs_scaled, 1: longs_offset, 2: longs_halves}


def single(value):
    """Rounds to 32 bits."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def floats_decimal(reader, count, is_single=False):
    digits = in_range(reader.head.byte(), 0, 15, "a number of digits")
    places = reader.odd_places(count)
    odd = [struct.unpack("<d", reader.head.take(8))[0] for _ in places]
    # Python's division of integers is correctly rounded, and both are exact as doubles.
    values = [value / 10**digits for value in reader.integers(count)]
    if is_single:
        values = [single(value) for value in values]
    for place, value in zip(places, odd):
        values[place] = value
    return values


def bits_of(value):
    value = signed_32(value)
    return value if value >= 0 else (value ^ 0x7FFFFFFF) & 0xFFFFFFFF


def floats_single(reader, count):
    bits = [bits_of(value) for value in reader.integers(count)]
    return [struct.unpack("<f", struct.pack("<I", each))[0] for each in bits]


def floats_double(reader, count):
    highs, lows = reader.integers(count), reader.integers(count)
    return [
        struct.unpack("<d", struct.pack("<II", unsigned_32(low), bits_of(high)))[0]
        for high, low in zip(highs, lows)
    ]


def floats_codes(reader, count):
    size = in_range(reader.head.varint(), 0, count, "a number of codes")
    distinct = floats_double(reader, size)
    return [at(distinct, place, "code") for place in reader.integers(count)]


FLOATS = {
    0: floats_decimal,
    1: lambda reader, count: floats_decimal(reader, count, is_single=True),
    2: floats_single,
    3: floats_double,
    4: floats_codes,
}
