"""`python -m bi`: writes the connection files of every stack, after a change of its file."""

import json
import sys

from automation.errors import UserError
from bi.connections import FOLDER, files


def main() -> int:
    """Files of stacks that are gone go too."""
    try:
        wanted = files()
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit
    for path in FOLDER.glob("*.pbids"):
        if path.name not in wanted:
            path.unlink()
    for name, document in wanted.items():
        (FOLDER / name).write_text(f"{json.dumps(document, indent=2)}\n")
        sys.stdout.write(f"bi/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
