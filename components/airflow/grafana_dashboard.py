"""Airflow's dashboard in Grafana, as the JSON model that Grafana provisions: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

# Grafana's own Prometheus source no longer signs requests for AWS; this plugin does.
PLUGIN = "grafana-amazonprometheus-datasource"
DATASOURCE_UID = "amp"
COLUMNS, WIDTH, HEIGHT = 3, 8, 8  # Grafana's grid is 24 wide
SCHEMA = 39


@dataclass(frozen=True, kw_only=True)
class Panel:
    title: str
    queries: Sequence[tuple[str, str]]
    """PromQL, and its legend."""
    unit: str = "short"


PANELS: Sequence[Panel] = (
    Panel(
        title="Heartbeats per minute",
        queries=[
            (f"sum(rate(airflow_{service}_heartbeat[5m])) * 60", service)
            for service in ("scheduler", "dag_processor", "triggerer")
        ],
    ),
    Panel(
        title="Tasks: running and waiting",
        queries=[
            ("max(airflow_executor_running_tasks)", "running"),
            ("max(airflow_executor_queued_tasks)", "queued"),
            ("max(airflow_executor_open_slots)", "free slots"),
        ],
    ),
    Panel(
        title="Tasks: done and failed in 15 minutes",
        queries=[
            ("sum(increase(airflow_ti_successes[15m]))", "done"),
            ("sum(increase(airflow_ti_failures[15m]))", "failed"),
            ("sum(increase(airflow_task_instances_without_heartbeats_killed[15m]))", "lost"),
        ],
    ),
    Panel(
        title="Delay of a run's start",
        queries=[("max by (dag_id) (airflow_dagrun_schedule_delay)", "{{dag_id}}")],
        unit="s",
    ),
    Panel(
        title="DAGs: import errors and parse timeouts",
        queries=[
            ("max(airflow_dag_processing_import_errors)", "cannot be imported"),
            ("increase(airflow_dag_processing_processor_timeouts[15m])", "given up"),
        ],
    ),
    Panel(
        title="Time to parse all DAGs",
        queries=[("max(airflow_dag_processing_total_parse_time)", "seconds")],
        unit="s",
    ),
    Panel(
        title="Pools: free and starving",
        queries=[
            ("max by (pool) (airflow_pool_open_slots)", "{{pool}} free"),
            ("max by (pool) (airflow_pool_starving_tasks)", "{{pool}} starving"),
        ],
    ),
    Panel(
        title="Triggers that block the loop, in 15 minutes",
        queries=[("sum(increase(airflow_triggers_blocked_main_thread[15m]))", "blocked")],
    ),
    Panel(
        title="pgbouncer: clients that wait, servers in use",
        queries=[
            ("sum(pgbouncer_exporter_pools_waiting_clients)", "clients waiting"),
            ("sum(pgbouncer_exporter_pools_active_server)", "servers in use"),
        ],
    ),
)


def dashboard(title: str) -> dict[str, object]:
    """To be dumped as JSON; three panels in a row."""
    source = {"type": PLUGIN, "uid": DATASOURCE_UID}
    return {
        "uid": "airflow",
        "title": title,
        "schemaVersion": SCHEMA,
        "editable": False,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "panels": [_panel(number, panel, source) for number, panel in enumerate(PANELS)],
    }


def _panel(number: int, panel: Panel, source: dict[str, str]) -> dict[str, object]:
    line, column = divmod(number, COLUMNS)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": source,
        "gridPos": {"x": column * WIDTH, "y": line * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "expr": query, "legendFormat": legend}
            for index, (query, legend) in enumerate(panel.queries)
        ],
    }
