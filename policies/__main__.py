"""What the engine starts for `--policy-pack policies`: the rules, served until the engine ends."""

import sys
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    # The engine starts this folder by itself; the rules are a package of the project around it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

    from pulumi_policy import PolicyPack

    from policies import exceptions, levels
    from policies.pack import NAME, policies
    from policies.rules import RULES

    names = [rule.name for rule in RULES]
    try:
        exemptions = exceptions.Exemptions(
            entries=exceptions.load(names), today=datetime.now(tz=UTC).date()
        )
        served = policies(RULES, levels.load(names), exemptions)
    except levels.BadFileError as error:
        sys.exit(f"policies/{error}")
    PolicyPack(NAME, served)


if __name__ == "__main__":
    main()
