"""The daily and weekly steps and who runs them: Step Functions, MWAA, or Airflow on EKS."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.airflow.config import AirflowConfig
from components.iam import assume
from components.lakehouse import Zone
from components.pipeline_config import MwaaPipeline, NoPipeline
from wiring.base import Base, Data, Outputs

if TYPE_CHECKING:  # a stack without pipelines does not load them
    from components.pipeline import Pipeline


def run_pipelines(
    base: Base, data: Data, jobs: Mapping[str, pulumi.Output[str]]
) -> "Pipeline | None":
    """The steps, and who runs them; Airflow on EKS takes them in `run_airflow`."""
    settings = base.settings
    if isinstance(settings.pipeline, NoPipeline):
        return None
    from components.pipeline import Pipeline
    from components.pipeline_grants import Workplace

    pipeline = Pipeline(
        "pipeline",
        settings.pipeline,
        site=base.site,
        keys=base.keys,
        work=Workplace(
            lake=data.lake,
            catalog=data.catalog,
            workgroup=data.queries.workgroup,
            results_bucket=data.queries.results_bucket,
            raw_prefix=settings.ingest.raw_prefix,
            order_etl_job=jobs.get("order_etl", ""),
            crm_etl_job=jobs.get("crm_etl", ""),
        ),
        alarm_actions=base.actions,
    )
    if isinstance(settings.pipeline, MwaaPipeline) and base.vpc is not None:
        from components.mwaa import Mwaa

        Mwaa(
            "mwaa",
            settings.pipeline.mwaa,
            site=base.site,
            vpc=base.vpc,
            keys=base.keys,
            protection=base.protection,
            pipeline=pipeline,
        )
    return pipeline


def run_airflow(base: Base, data: Data, pipeline: "Pipeline | None") -> Outputs:
    """Airflow on EKS, with the pipelines where it is the one to run them."""
    settings, site = base.settings, base.site
    if base.vpc is None:
        return {}
    if not isinstance(settings.airflow, AirflowConfig):
        from components.airflow import hooks

        # A cluster that has just been switched off is drained by a hook; the engine wants it.
        hooks.register("airflow-cluster", site=site, keep_volumes=True)
        return {}
    from components.airflow.airflow import Airflow

    on_cluster = pipeline if settings.pipeline.engine == "airflow" else None
    airflow = Airflow(
        "airflow",
        settings.airflow,
        site=site,
        vpc=base.vpc,
        keys=base.keys,
        protection=base.protection,
        alarm_actions=base.actions,
        # Tasks start work elsewhere under the transform role; themselves they only look.
        task_statements=[
            *data.lake.read(Zone.SILVER),
            *data.lake.read(Zone.GOLD),
            assume(data.transform.role_arn),
            *(on_cluster.step_statements if on_cluster else ()),
        ],
    )
    if on_cluster is not None:
        from components.airflow.dags import dag_bucket_name
        from components.dag_delivery import DagDelivery

        DagDelivery(
            "dags",
            bucket=dag_bucket_name(site),
            places=on_cluster.places,
            opts=pulumi.ResourceOptions(depends_on=[airflow]),
        )
    return {
        "airflow_cluster": airflow.cluster_name,
        "airflow_secret_arn": airflow.secret_arn,
        "airflow_log_bucket": airflow.log_bucket,
    }
