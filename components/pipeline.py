"""Pipeline: who runs the platform's pipelines (`pipelines/`), and what they need for it: roles, the
function of the commands, state machines on their schedules, and alarms.

With `airflow` and `mwaa` it makes no schedule: the DAGs have theirs. It leaves out Airflow itself
(`components.airflow`, `components.mwaa`), which is given `step_statements`, and the delivery of
DAGs (`components.dag_delivery`).
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components import pipeline_grants as grants
from components.alarms import Metric, alarm_above
from components.encryption import Keys
from components.iam import Statement
from components.lakehouse import Zone
from components.naming import Site
from components.pipeline_config import (
    AirflowPipeline,
    MwaaPipeline,
    StepFunctionsPipeline,
)
from components.pipeline_grants import Workplace
from components.pipeline_machines import pipeline_machines
from components.pipeline_runner import PipelineRunner, runner_name
from pipelines.commands.freshness import NAMESPACE
from pipelines.places import Places

RunConfig = StepFunctionsPipeline | AirflowPipeline | MwaaPipeline


class Pipeline(pulumi.ComponentResource):
    places: pulumi.Output[str]
    """The names that the steps work with, as JSON (`pipelines.places`): for DAGs."""
    metrics_group: pulumi.Output[str]
    state_machines: dict[str, pulumi.Output[str]]
    """ARNs by the name of the pipeline; empty without Step Functions."""
    step_statements: tuple[Statement, ...]
    """Grant for Airflow's tasks: everything that a step of a DAG does itself."""

    def __init__(
        self,
        name: str,
        config: RunConfig,
        *,
        site: Site,
        work: Workplace,
        keys: Keys,
        alarm_actions: Sequence[pulumi.Output[str]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:Pipeline", name, {}, opts)
        self._name = name
        self._config = config
        self._site = site
        self._child = pulumi.ResourceOptions(parent=self)
        topic = alarm_actions[0] if config.alert and alarm_actions else None

        metrics = aws.cloudwatch.LogGroup(
            f"{name}-metrics",
            name=f"/{site.prefix}/{site.env}/pipeline",
            retention_in_days=config.log_retention_days,
            kms_key_id=keys.logs,
            opts=self._child,
        )
        self.metrics_group = metrics.name
        self.places = self._describe(work, topic, metrics.name)
        commands = grants.commands(site, work, keys, metrics_group_arn=metrics.arn)
        runner = None
        if not isinstance(config, AirflowPipeline):
            runner = PipelineRunner(
                f"{name}-runner",
                config.runner,
                site=site,
                keys=keys,
                places=self.places,
                statements=commands,
                log_retention_days=config.log_retention_days,
                opts=self._child,
            )
        steps = grants.steps(
            site,
            work,
            keys,
            glue=config.jobs == "glue",
            topic=topic,
            runner_arn=runner.function_arn if runner else None,
        )
        # Airflow on EKS runs the commands itself, in the pods of its tasks.
        self.step_statements = tuple(steps if runner else [*steps, *commands])
        self.state_machines = {}
        if isinstance(config, StepFunctionsPipeline):
            self.state_machines = pipeline_machines(
                name,
                config.schedules,
                places=self.places,
                site=site,
                keys=keys,
                statements=steps,
                log_retention_days=config.log_retention_days,
                alarm_actions=alarm_actions if config.alert else (),
                opts=self._child,
            )
        self._create_freshness_alarm(work, alarm_actions if config.alert else ())
        self.register_outputs(
            {
                "places": self.places,
                "metrics_group": self.metrics_group,
                **{f"{pipeline}_arn": arn for pipeline, arn in self.state_machines.items()},
            }
        )

    def _describe(
        self,
        work: Workplace,
        topic: pulumi.Output[str] | None,
        metrics_group: pulumi.Output[str],
    ) -> pulumi.Output[str]:
        config = self._config
        names: dict[str, pulumi.Input[str]] = {
            **{f"{zone}_bucket": bucket.name for zone, bucket in work.lake.zones.items()},
            "silver_database": work.catalog.databases[Zone.SILVER],
            "gold_database": work.catalog.databases[Zone.GOLD],
            "workgroup": work.workgroup,
            "raw_prefix": work.raw_prefix,
            "jobs": config.jobs,
            "order_etl_job": work.order_etl_job,
            "crm_etl_job": work.crm_etl_job,
            "maintenance_target": config.maintenance_target or "",
            "alert_topic_arn": topic or "",
            "metrics_log_group": metrics_group,
            # By name, not by reference: the function itself is told the places.
            "runner_function": ""
            if isinstance(config, AirflowPipeline)
            else runner_name(self._site),
            "schedule_daily": config.schedules.daily or "",
            "schedule_weekly": config.schedules.weekly or "",
            "time_zone": config.schedules.time_zone,
        }
        missing = {field for field in Places.__dataclass_fields__ if field not in names}
        assert missing == {"command_python"}, missing  # noqa: S101 (a place without a name)
        return pulumi.Output.json_dumps(names, sort_keys=True)

    def _create_freshness_alarm(
        self, work: Workplace, actions: Sequence[pulumi.Output[str]]
    ) -> None:
        hours = self._config.freshness_hours
        if hours is None:
            return
        alarm_above(
            f"{self._name}-stale",
            Metric(
                namespace=NAMESPACE,
                name="Age",
                dimensions={"Database": work.catalog.databases[Zone.GOLD]},
                statistic="Maximum",
                period_seconds=3600,
            ),
            threshold=hours * 60,
            periods=1,
            meaning="The newest sale in gold is too old although daily_pipeline ran: see whether "
            "silver has newer ones, then who writes it.",
            actions=actions,
            opts=self._child,
        )
