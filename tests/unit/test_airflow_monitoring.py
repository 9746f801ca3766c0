"""Airflow's metrics: what is scraped, what wakes somebody, and what Grafana shows."""

import json
import re
from typing import Any

import pytest
import yaml

from components.airflow import names, rules
from components.airflow.grafana_dashboard import DATASOURCE_UID, PANELS, dashboard
from components.airflow.grafana_values import grafana_values
from tests.unit.airflow_stack import airflow

ALERTS = "aws:amp/alertManagerDefinition:AlertManagerDefinition"
POLICY = "aws:iam/rolePolicy:RolePolicy"
NIGHT = {"sleep": "0 20 * * *", "wake": "0 7 * * 1-5", "timezone": "Europe/Lisbon"}
# What Airflow 3.2 sends, and pgbouncer's exporter has.
KNOWN = {
    "airflow_scheduler_heartbeat",
    "airflow_dag_processor_heartbeat",
    "airflow_triggerer_heartbeat",
    "airflow_dag_processing_import_errors",
    "airflow_dag_processing_processor_timeouts",
    "airflow_dag_processing_total_parse_time",
    "airflow_dagrun_schedule_delay",
    "airflow_executor_open_slots",
    "airflow_executor_queued_tasks",
    "airflow_executor_running_tasks",
    "airflow_pool_open_slots",
    "airflow_pool_starving_tasks",
    "airflow_scheduler_tasks_starving",
    "airflow_task_instances_without_heartbeats_killed",
    "airflow_ti_failures",
    "airflow_ti_successes",
    "airflow_triggers_blocked_main_thread",
    "pgbouncer_exporter_pools_active_server",
    "pgbouncer_exporter_pools_waiting_clients",
}


def metrics(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:airflow|pgbouncer)_\w+", expression))


def test_alarms_and_graphs_ask_only_for_metrics_that_there_are():
    asked = {name for alert in rules.alerts(sleeps=False) for name in metrics(alert.expression)}
    asked |= {name for panel in PANELS for query, _ in panel.queries for name in metrics(query)}
    assert asked <= KNOWN


@pytest.mark.parametrize("service", ["scheduler", "dag_processor", "triggerer"])
def test_a_service_that_stops_beating_wakes_somebody(service):
    (alert,) = (
        alert
        for alert in rules.alerts(sleeps=False)
        if f"rate(airflow_{service}_heartbeat[5m])" in alert.expression
    )
    assert alert.expression.endswith("== 0")
    assert alert.minutes == 10


def test_silence_of_all_metrics_is_an_alarm_where_there_is_no_night():
    names_by_day = [alert.name for alert in rules.alerts(sleeps=False)]
    assert "AirflowMetricsGone" in names_by_day
    assert "AirflowMetricsGone" not in [alert.name for alert in rules.alerts(sleeps=True)]
    assert len(set(names_by_day)) == len(names_by_day)


def test_the_rule_file_is_one_group_with_a_meaning_for_each_rule():
    (group,) = yaml.safe_load(rules.rule_file(sleeps=False))["groups"]
    assert len(group["rules"]) == len(rules.alerts(sleeps=False))
    for rule in group["rules"]:
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+m", rule["for"])


def test_the_scraper_finds_both_exporters_by_the_api_of_kubernetes():
    jobs = {job["job_name"]: job for job in yaml.safe_load(rules.scrape_file())["scrape_configs"]}
    ports = {"airflow": ("statsd", "9102"), "pgbouncer": ("pgbouncer", "9127")}
    assert set(jobs) == set(ports)
    for name, (component, port) in ports.items():
        (discovery,) = jobs[name]["kubernetes_sd_configs"]
        assert discovery == {"role": "pod", "namespaces": {"names": [names.NAMESPACE]}}
        kept = [one["regex"] for one in jobs[name]["relabel_configs"] if "regex" in one]
        assert kept == [component, port]


def test_alarms_go_to_every_topic_in_the_form_that_amp_takes():
    text = rules.alert_manager_file(["arn:one", "arn:two"], "eu-west-1")
    inner = yaml.safe_load(yaml.safe_load(text)["alertmanager_config"])
    (receiver,) = inner["receivers"]
    assert inner["route"]["receiver"] == receiver["name"]
    assert [sns["topic_arn"] for sns in receiver["sns_configs"]] == ["arn:one", "arn:two"]
    for sns in receiver["sns_configs"]:
        assert sns["sigv4"] == {"region": "eu-west-1"}
        # Braces of its templates, not of ours.
        assert "{{ .CommonLabels.alertname }}" in sns["subject"]


def test_graphs_stand_in_rows_of_three_without_overlapping():
    panels: Any = dashboard("Airflow")["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places) == len(PANELS)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert all(panel["datasource"]["uid"] == DATASOURCE_UID for panel in panels)
    assert json.dumps(dashboard("Airflow"))


def test_grafana_has_no_disk_no_way_in_and_no_right_in_the_cluster():
    values = grafana_values(
        endpoint="https://aps/", region="eu-west-1", datasource="d", plugin="p", dashboards="m"
    )
    assert values["service"] == {"type": "ClusterIP"}
    assert values["persistence"] == {"enabled": False}
    assert values["rbac"] == {"create": False}
    assert values["automountServiceAccountToken"] is False
    assert values["admin"]["existingSecret"] == names.GRAFANA_ADMIN
    assert "adminPassword" not in values


def test_grafana_signs_its_questions_with_its_own_role():
    graph = airflow()
    (release,) = (
        node for node in graph.of("kubernetes:helm.sh/v3:Release") if "grafana" in node.name
    )
    (source,) = release.inputs["values"]["datasources"]["datasources.yaml"]["datasources"]
    assert source["url"] == "https://aps.example/workspaces/ws-1/"
    assert source["jsonData"]["sigV4AuthType"] == "default"
    assert graph.reaches(release, "aws:eks/podIdentityAssociation:PodIdentityAssociation")
    policy = json.loads(
        graph.named("airflow-monitoring-grafana-role-policy", POLICY).inputs["policy"]
    )
    (statement,) = policy["Statement"]
    assert all(action.startswith("aps:") for action in statement["Action"])
    assert statement["Resource"] == ["arn:aws:mock:::airflow-monitoring-workspace"]


def test_the_scraper_is_of_the_cluster_in_two_zones_and_its_alarms_are_routed():
    graph = airflow()
    scraper = graph.only("aws:amp/scraper:Scraper").inputs
    eks = scraper["source"]["eks"]
    assert ":eks:eu-west-1:123456789012:cluster/" in eks["clusterArn"]
    assert eks["subnetIds"] == ["private-a", "private-b"]
    text = graph.only(ALERTS).inputs["definition"]
    assert "arn:aws:sns:eu-west-1:123456789012:alerts" in text


def test_a_night_is_no_alarm():
    text = airflow(night=NIGHT).only("aws:amp/ruleGroupNamespace:RuleGroupNamespace").inputs["data"]
    assert "AirflowMetricsGone" not in text
    assert "AirflowSchedulerSilent" in text


def test_switched_off_nothing_of_it_is_made():
    graph = airflow(monitoring={"enabled": False})
    made = {node.type for node in graph.nodes.values()}
    assert not {one for one in made if one.startswith("aws:amp")}
    assert "shop:components:Grafana" not in made
