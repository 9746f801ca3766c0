"""A capture task's two documents, table mappings and settings, as text that does not change unless
its meaning does: keys sorted, rules numbered in their order.

The provider compares text where DMS compares meaning, and a difference stops and starts a running
task.
"""

import json
from collections.abc import Sequence
from typing import Literal

from components.change_capture_config import Selection
from contract.shop_changes import BEFORE, CHANGE_SEQ

Rule = dict[str, object]
# Limited LOB mode cuts longer values; full LOB mode is not there for S3 (DMS user guide).
LOB_MAX_KB = 64


def table_mappings(selections: Sequence[Selection], *, target: Literal["s3", "redshift"]) -> str:
    """The rules as JSON. Files also get each change's number and the key that it had before; a
    warehouse, in which DMS applies the changes itself, needs neither.
    """
    rules = [_selection(one) for one in selections]
    for one in selections:
        rules += [_column(one, column) for column in one.columns]
    if target == "s3":
        taken = [one for one in selections if one.action != "exclude"]
        rules += [rule for one in taken for rule in (_numbered(one), _keys_before(one))]
    return normal(
        {
            "rules": [
                {**rule, "rule-id": str(number), "rule-name": f"rule-{number}"}
                for number, rule in enumerate(rules, start=1)
            ]
        }
    )


def task_settings(*, logged: bool = True) -> str:
    """What differs from DMS's defaults, as JSON.

    Only settings that every DMS version knows: an unknown one shows as a change in each preview.
    """
    return normal(
        {
            "TargetMetadata": {
                "SupportLobs": True,
                "FullLobMode": False,
                "LimitedSizeLobMode": True,
                "LobMaxSize": LOB_MAX_KB,
            },
            "FullLoadSettings": {
                # Bronze is never edited: a reload adds files, and `jobs.cdc` knows the newest load
                # by its time.
                "TargetTablePrepMode": "DO_NOTHING",
                "StopTaskCachedChangesApplied": False,
                "StopTaskCachedChangesNotApplied": False,
                "TransactionConsistencyTimeout": 600,
            },
            "Logging": {"EnableLogging": logged},
            "ErrorBehavior": {
                # A row that cannot be written stops its table instead of being skipped in silence.
                "DataErrorPolicy": "SUSPEND_TABLE",
                "DataTruncationErrorPolicy": "SUSPEND_TABLE",
                "TableErrorPolicy": "STOP_TASK",
                "FailOnNoTablesCaptured": True,
                "FailOnTransactionConsistencyBreached": False,
            },
        }
    )


def normal(document: object) -> str:
    """JSON in one spelling."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _selection(one: Selection) -> Rule:
    return {
        "rule-type": "selection",
        "rule-action": one.action,
        "object-locator": _place(one),
    }


def _column(one: Selection, column: str) -> Rule:
    return {
        "rule-type": "transformation",
        "rule-target": "column",
        "rule-action": "include-column",
        "object-locator": {**_place(one), "column-name": column},
    }


def _numbered(one: Selection) -> Rule:
    """The order of changes, also within a transaction, which a commit's time does not tell."""
    return {
        "rule-type": "transformation",
        "rule-target": "column",
        "rule-action": "add-column",
        "object-locator": _place(one),
        "value": CHANGE_SEQ,
        "expression": "$AR_H_CHANGE_SEQ",
        "data-type": {"type": "string", "length": 50},
    }


def _keys_before(one: Selection) -> Rule:
    """Without the old key, an update of a key would leave the old row behind for ever."""
    return {
        "rule-type": "transformation",
        "rule-target": "column",
        "rule-action": "add-before-image-columns",
        "object-locator": {**_place(one), "column-name": "%"},
        "before-image-def": {
            "column-filter": "pk-only",
            "column-prefix": BEFORE,
            "column-suffix": "",
        },
    }


def _place(one: Selection) -> dict[str, str]:
    return {"schema-name": one.schema_name, "table-name": one.table}
