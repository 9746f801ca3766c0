"""What an order file is called: in the drop folder of bronze, and in the keys made of it."""

import re
from hashlib import blake2b
from pathlib import Path

DROP = "drop/order_files"
SAFE_NAME = re.compile(r"([A-Za-z0-9_-]{1,100})\.csv")
LONGEST_STEM = 100


def stem_of(file_name: str) -> str:
    """The name of the file in keys. A name that is not plain gets a hash, so that two files
    never share a key.
    """
    if match := SAFE_NAME.fullmatch(file_name):
        return match[1]
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(file_name).stem).strip("-")[:LONGEST_STEM]
    return f"{plain or 'file'}-{blake2b(file_name.encode(), digest_size=4).hexdigest()}"


def drop_key(file_name: str) -> str:
    """Where in bronze a batch file of this name lies."""
    return f"{DROP}/{stem_of(file_name)}.csv"
