"""What is scraped from Airflow and what wakes somebody, as documents of Prometheus: pure.

The names are those that StatsD's exporter makes of Airflow's (`airflow_`, dots become `_`); a rate
over five minutes of a counter that only grows says whether its service still beats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from components.airflow import names

SCRAPE_SECONDS = 30
HEARTBEATS = {
    "scheduler": "No task is started: look at the scheduler's pods and at the database.",
    "dag_processor": "Changes of DAGs are not seen: look at the DAG processor's pods.",
    "triggerer": "Deferred tasks do not go on: look at the triggerer's pods.",
}


@dataclass(frozen=True, kw_only=True)
class Alert:
    name: str
    expression: str
    minutes: int
    meaning: str


def alerts(*, sleeps: bool) -> list[Alert]:
    """`sleeps`: the cluster has a night, in which silence means nothing."""
    beats = [
        Alert(
            name=f"Airflow{service.title().replace('_', '')}Silent",
            expression=f"sum(rate(airflow_{service}_heartbeat[5m])) == 0",
            minutes=10,
            meaning=meaning,
        )
        for service, meaning in HEARTBEATS.items()
    ]
    gone = Alert(
        name="AirflowMetricsGone",
        expression="absent(airflow_scheduler_heartbeat)",
        minutes=15,
        meaning="No metric arrives, so no other alarm would either: look at airflow-statsd, the "
        "scraper, and whether anything of Airflow runs at all.",
    )
    return [*beats, *([] if sleeps else [gone]), *_work()]


def _work() -> list[Alert]:
    return [
        Alert(
            name="AirflowDagsBroken",
            expression="max(airflow_dag_processing_import_errors) > 0",
            minutes=10,
            meaning="A DAG cannot be imported; the UI shows which and why.",
        ),
        Alert(
            name="AirflowDagsSlow",
            expression="increase(airflow_dag_processing_processor_timeouts[15m]) > 0",
            minutes=0,
            meaning="Parsing a DAG took too long and was given up: it does too much at its top.",
        ),
        Alert(
            name="AirflowTasksFail",
            expression="sum(increase(airflow_ti_failures[15m])) > 5",
            minutes=0,
            meaning="More than five tasks failed within a quarter of an hour.",
        ),
        Alert(
            name="AirflowTasksLost",
            expression="sum(increase(airflow_task_instances_without_heartbeats_killed[15m])) > 0",
            minutes=0,
            meaning="Tasks ended without a word: out of memory, or their node went.",
        ),
        Alert(
            name="AirflowTasksStarve",
            expression="max(airflow_scheduler_tasks_starving) > 0",
            minutes=15,
            meaning="Tasks wait for a slot of their pool: widen it, or run fewer at once.",
        ),
        Alert(
            name="AirflowQueueStands",
            expression="max(airflow_executor_queued_tasks) > 0 and "
            "max(airflow_executor_running_tasks) == 0",
            minutes=15,
            meaning="Task pods wait and none runs: no node comes. Look at pending pods and at the "
            "limit of the nodes.",
        ),
    ]


def rule_file(*, sleeps: bool) -> str:
    """A rule file of Prometheus (YAML), one group."""
    rules = [
        {
            "alert": alert.name,
            "expr": alert.expression,
            "for": f"{alert.minutes}m",
            "labels": {"service": "airflow"},
            "annotations": {"summary": alert.meaning},
        }
        for alert in alerts(sleeps=sleeps)
    ]
    return _text({"groups": [{"name": "airflow", "interval": "1m", "rules": rules}]})


def scrape_file() -> str:
    """Finds the pods by the Kubernetes API: the scraper is outside, where no service resolves."""
    return _text(
        {
            "global": {
                "scrape_interval": f"{SCRAPE_SECONDS}s",
                "external_labels": {"cluster": names.RELEASE},
            },
            "scrape_configs": [
                _job("airflow", "statsd", names.STATSD_PORT),
                _job("pgbouncer", "pgbouncer", names.PGBOUNCER_METRICS_PORT),
            ],
        }
    )


def _job(name: str, component: str, port: int) -> dict[str, object]:
    pod = "__meta_kubernetes_pod"
    return {
        "job_name": name,
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [names.NAMESPACE]}}],
        "relabel_configs": [
            {"source_labels": [f"{pod}_label_component"], "regex": component, "action": "keep"},
            {
                "source_labels": [f"{pod}_container_port_number"],
                "regex": str(port),
                "action": "keep",
            },
            {"source_labels": [f"{pod}_name"], "target_label": "pod"},
        ],
    }


def alert_manager_file(topics: Sequence[str], region: str) -> str:
    """Sends everything to the topics; AMP wants its file inside another and the region said."""
    receiver = {
        "name": "stack",
        "sns_configs": [
            {
                "topic_arn": topic,
                "sigv4": {"region": region},
                "subject": "Airflow: {{ .CommonLabels.alertname }} {{ .Status }}",
                "message": "{{ range .Alerts }}{{ .Labels.alertname }}: "
                "{{ .Annotations.summary }}\n{{ end }}",
            }
            for topic in topics
        ],
    }
    inner = {
        "route": {"receiver": "stack", "group_by": ["alertname"], "repeat_interval": "12h"},
        "receivers": [receiver],
    }
    return _text({"alertmanager_config": _text(inner)})


def _text(document: Mapping[str, object]) -> str:
    return yaml.safe_dump(document, sort_keys=False, width=120)
