"""What starts work by the clock: schedules, rules, triggers, crawlers."""

from __future__ import annotations

from typing import Any

from automation.sleep.kind import Client, Kind, Phase, Values, output, state_in

# EventBridge Scheduler: a schedule's state changes only with a whole definition.
_DEFINITION = (
    "Name",
    "GroupName",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "EndDate",
    "Description",
    "FlexibleTimeWindow",
    "Target",
    "KmsKeyArn",
    "ActionAfterCompletion",
)


def _schedule(client: Client, id_: str) -> dict[str, Any]:
    group, _, name = id_.rpartition("/")
    return client.get_schedule(GroupName=group or "default", Name=name)


def _set_schedule(client: Client, id_: str, state: str) -> None:
    held = _schedule(client, id_)
    definition = {key: held[key] for key in _DEFINITION if key in held}
    client.update_schedule(**definition, State=state)


def _schedule_id(outputs: Values) -> str | None:
    name = outputs.get("name")
    return f"{outputs.get('groupName') or 'default'}/{name}" if name else None


# EventBridge: of a rule only its name and bus are needed.
def _rule_id(outputs: Values) -> str | None:
    if not outputs.get("scheduleExpression"):
        return None  # it answers events; those end by themselves
    return f"{outputs.get('eventBusName') or 'default'}/{outputs['name']}"


def _rule(id_: str) -> dict[str, str]:
    bus, _, name = id_.rpartition("/")
    return {"EventBusName": bus, "Name": name}


def _trigger_state(client: Client, name: str) -> dict[str, Any]:
    return {"State": client.get_trigger(Name=name)["Trigger"]["State"]}


def _crawler_state(client: Client, name: str) -> dict[str, Any]:
    crawler: Values = client.get_crawler(Name=name)["Crawler"]
    schedule: Values = crawler.get("Schedule") or {}
    return {"State": schedule.get("State", "NOT_SCHEDULED")}


SCHEDULES = {
    "aws:scheduler/schedule:Schedule": Kind(
        service="scheduler",
        phase=Phase.SCHEDULES,
        find=_schedule_id,
        observe=lambda client, id_: {"State": _schedule(client, id_)["State"]},
        rests=state_in("DISABLED"),
        rest=lambda client, id_: _set_schedule(client, id_, "DISABLED"),
        restore=lambda client, id_, before: _set_schedule(client, id_, before["State"]),
        traces=("state",),
    ),
    "aws:cloudwatch/eventRule:EventRule": Kind(
        service="events",
        phase=Phase.SCHEDULES,
        find=_rule_id,
        observe=lambda client, id_: {"State": client.describe_rule(**_rule(id_))["State"]},
        rests=state_in("DISABLED"),
        rest=lambda client, id_: client.disable_rule(**_rule(id_)),
        restore=lambda client, id_, _before: client.enable_rule(**_rule(id_)),
        traces=("state", "isEnabled"),
    ),
    "aws:glue/trigger:Trigger": Kind(
        service="glue",
        phase=Phase.SCHEDULES,
        find=output("name", when=lambda outputs: outputs.get("type") == "SCHEDULED"),
        observe=_trigger_state,
        rests=state_in("CREATED", "DEACTIVATING", "DEACTIVATED"),
        rest=lambda client, name: client.stop_trigger(Name=name),
        restore=lambda client, name, _before: client.start_trigger(Name=name),
        traces=("enabled", "state"),
    ),
    "aws:glue/crawler:Crawler": Kind(
        service="glue",
        phase=Phase.SCHEDULES,
        find=output("name", when=lambda outputs: bool(outputs.get("schedule"))),
        observe=_crawler_state,
        rests=state_in("NOT_SCHEDULED", "TRANSITIONING"),
        rest=lambda client, name: client.stop_crawler_schedule(CrawlerName=name),
        restore=lambda client, name, _before: client.start_crawler_schedule(CrawlerName=name),
        traces=(),
    ),
}
