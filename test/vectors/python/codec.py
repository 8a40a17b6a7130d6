"""The encoding of docs/format.md, section 1: bytes to values by a schema, and values to their JSON."""

import base64
import re

SAFE = 2**53


class Refused(Exception):
    """What is read is not what it should be; the code is one of section 11."""

    def __init__(self, code, why=""):
        super().__init__(f"{code}: {why}")
        self.code = code


def not_canonical(why):
    return Refused("CODEC_NOT_CANONICAL", why)


def mismatch(why):
    return Refused("CODEC_SCHEMA", why)


class Reader:
    """Reads heads (kind, number) and the bytes behind them, each in the shortest form only."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise not_canonical("cut off")
        part = self.data[self.at : self.at + count]
        self.at += count
        return part

    def sized(self, count, least):
        number = int.from_bytes(self.take(count), "big")
        if number < least:
            raise not_canonical("a longer form than needed")
        return number

    def head(self):
        """Of the next value: its kind, and its number or length."""
        first = self.take(1)[0]
        if first < 0x80:
            return "uint", first
        if 0x90 <= first < 0xA0:
            return "array", first - 0x90
        if 0xA0 <= first < 0xC0:
            return "text", first - 0xA0
        simple = {0xC0: None, 0xC2: False, 0xC3: True}
        if first in simple:
            return ("null" if first == 0xC0 else "bool"), simple[first]
        sized = {
            0xC4: ("binary", 1, 0),
            0xC5: ("binary", 2, 2**8),
            0xC6: ("binary", 4, 2**16),
            0xCC: ("uint", 1, 2**7),
            0xCD: ("uint", 2, 2**8),
            0xCE: ("uint", 4, 2**16),
            0xCF: ("uint", 8, 2**32),
            0xD9: ("text", 1, 32),
            0xDA: ("text", 2, 2**8),
            0xDB: ("text", 4, 2**16),
            0xDC: ("array", 2, 16),
            0xDD: ("array", 4, 2**16),
        }
        if first not in sized:
            raise not_canonical("a type that is not used")
        kind, count, least = sized[first]
        number = self.sized(count, least)
        if number >= SAFE:
            raise not_canonical("a number from 2^53 on")
        return kind, number

    def expect(self, kind):
        found, number = self.head()
        if found != kind:
            raise mismatch(f"{found} where {kind} was expected")
        return number

    def next_is_null(self):
        if self.at < len(self.data) and self.data[self.at] == 0xC0:
            self.at += 1
            return True
        return False


class Schema:
    """Reads a value from a reader, writes it to bytes, and gives its JSON form."""

    def __init__(self, read, write, to_json):
        self.read = read
        self.write = write
        self.to_json = to_json

    def decode(self, data):
        reader = Reader(data)
        value = self.read(reader)
        if reader.at != len(data):
            raise not_canonical("followed by more")
        return value

    def encode(self, value):
        return self.write(value)


def head_bytes(kind, number):
    short = {"uint": (0x00, 2**7), "array": (0x90, 16), "text": (0xA0, 32), "binary": (0, 0)}
    longer = {
        "uint": ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)),
        "array": ((0xDC, 2), (0xDD, 4)),
        "text": ((0xD9, 1), (0xDA, 2), (0xDB, 4)),
        "binary": ((0xC4, 1), (0xC5, 2), (0xC6, 4)),
    }
    base, below = short[kind]
    if number < below:
        return bytes([base + number])
    for first, count in longer[kind]:
        if number < 2 ** (8 * count):
            return bytes([first]) + number.to_bytes(count, "big")
    raise ValueError(number)


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def same(value):
    return value


def uint(least=0, most=SAFE - 1):
    def read(reader):
        number = reader.expect("uint")
        if not least <= number <= most:
            raise mismatch("a number out of range")
        return number

    return Schema(read, lambda value: head_bytes("uint", value), same)


def one_of(*values):
    def read(reader):
        number = reader.expect("uint")
        if number not in values:
            raise mismatch(f"none of {values}")
        return number

    return Schema(read, lambda value: head_bytes("uint", value), same)


def text(most, pattern=None, least=0):
    def read(reader):
        length = reader.expect("text")
        if not least <= length <= most:
            raise mismatch("text of another length")
        raw = reader.take(length)
        try:
            value = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise not_canonical("no UTF-8") from error
        if pattern is not None and re.fullmatch(pattern, value, re.DOTALL) is None:
            raise mismatch(f"not like {pattern}")
        return value

    def write(value):
        raw = value.encode("utf-8")
        return head_bytes("text", len(raw)) + raw

    return Schema(read, write, same)


def binary(most, least=0, to_json=base64url):
    def read(reader):
        length = reader.expect("binary")
        if not least <= length <= most:
            raise mismatch("binary of another length")
        return reader.take(length)

    return Schema(read, lambda value: head_bytes("binary", len(value)) + value, to_json)


def algorithm(length, to_json):
    """Bytes with the number of their algorithm, 1, in front (section 2)."""
    plain = binary(1 + length, 1 + length, to_json)

    def read(reader):
        value = plain.read(reader)
        if value[0] != 1:
            raise mismatch("an unknown algorithm")
        return value

    return Schema(read, plain.write, to_json)


def boolean():
    def read(reader):
        return reader.expect("bool")

    return Schema(read, lambda value: b"\xc3" if value else b"\xc2", same)


def nullable(schema):
    def read(reader):
        return None if reader.next_is_null() else schema.read(reader)

    def write(value):
        return b"\xc0" if value is None else schema.write(value)

    return Schema(read, write, lambda value: None if value is None else schema.to_json(value))


def items(schema, most, least=0, ascending=None):
    """A list; `ascending` gives what its items are sorted by, strictly."""

    def read(reader):
        count = reader.expect("array")
        if count > most:
            raise mismatch("too many items")
        values = [schema.read(reader) for _ in range(count)]
        if count < least:
            raise mismatch("too few items")
        if ascending is not None:
            keys = [ascending(value) for value in values]
            if any(a >= b for a, b in zip(keys, keys[1:])):
                raise mismatch("not ascending")
        return values

    def write(values):
        return head_bytes("array", len(values)) + b"".join(map(schema.write, values))

    return Schema(read, write, lambda values: [schema.to_json(value) for value in values])


def structure(version=None, check=None, /, **fields):
    """A tuple; with a version, that comes first, and an unknown one is refused whatever follows."""

    schemas = fields if version is None else {"version": uint(), **fields}
    names = list(schemas)

    def read(reader):
        count = reader.expect("array")
        if version is None and count != len(names):
            raise mismatch("another number of fields")
        value = {}
        for i, name in enumerate(names):
            if i >= count:
                raise mismatch("another number of fields")
            value[name] = schemas[name].read(reader)
            if i == 0 and version is not None and value["version"] != version:
                raise Refused("CODEC_VERSION", "an unknown version")
        if count != len(names):
            raise mismatch("another number of fields")
        if check is not None and not check(value):
            raise mismatch("its fields do not fit each other")
        return value

    def write(value):
        parts = (schemas[name].write(value[name]) for name in names)
        return head_bytes("array", len(names)) + b"".join(parts)

    def to_json(value):
        return {name: schemas[name].to_json(value[name]) for name in names}

    return Schema(read, write, to_json)


def tagged(tag, kinds):
    """A tuple that starts with its number, by which its other fields are known."""

    whole = {number: structure(**{tag: one_of(number), **fields}) for number, fields in kinds.items()}

    def read(reader):
        start = reader.at
        reader.expect("array")
        number = reader.expect("uint")
        if number not in whole:
            raise mismatch(f"an unknown {tag}")
        reader.at = start
        return whole[number].read(reader)

    return Schema(
        read,
        lambda value: whole[value[tag]].write(value),
        lambda value: whole[value[tag]].to_json(value),
    )
