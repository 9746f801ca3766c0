"""Which shared libraries an ELF file asks the loader for: DT_NEEDED, read without binutils.

64-bit little-endian only, which is what Lambda runs. Layout: System V ABI, chapters 4 and 5.
"""

import struct
from pathlib import Path

_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRING_TABLE = 1, 5
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_ENTRY = struct.Struct("<qQ")


def needed(path: Path) -> list[str]:
    """Names as written in the file, in order. Raises ValueError for anything but such an ELF."""
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{path} is not a 64-bit little-endian ELF file")
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [_PROGRAM_HEADER.unpack_from(data, table + size * i) for i in range(count)]
    loads = [
        (vaddr, offset, length) for t, _, offset, vaddr, _, length, *_ in headers if t == _LOAD
    ]
    entries = [
        entry
        for type_, _, offset, _, _, length, *_ in headers
        if type_ == _DYNAMIC
        for entry in _ENTRY.iter_unpack(data[offset : offset + length])
    ]
    strings = [_offset(loads, value) for tag, value in entries if tag == _STRING_TABLE]
    return [_string(data, strings[0] + value) for tag, value in entries if tag == _NEEDED]


def _offset(loads: list[tuple[int, int, int]], address: int) -> int:
    return next(
        offset + address - vaddr
        for vaddr, offset, length in loads
        if vaddr <= address < vaddr + length
    )


def _string(data: bytes, start: int) -> str:
    return data[start : data.index(b"\0", start)].decode()
