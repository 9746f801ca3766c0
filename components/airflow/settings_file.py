"""Airflow's own settings (`airflow.cfg`), as the chart takes them under `config`."""

import json

from components.airflow.config import AirflowConfig
from components.airflow.task_logs import PREFIX

SECRETS_BACKEND = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
# The UI is private: it is reached by a port-forward to this port.
LOCAL_UI = "http://localhost:8080"


def airflow_settings(
    config: AirflowConfig, log_bucket: str, secrets_prefix: str
) -> dict[str, dict[str, str | int]]:
    """Sections and keys of airflow.cfg; on and off are the words True and False there."""
    return {
        "core": {
            "load_examples": "False",
            "parallelism": config.tasks.parallelism,
            "max_active_tasks_per_dag": config.tasks.per_dag,
            # AWS takes a spot node back with two minutes' notice; a task on it begins anew.
            "default_task_retries": 2,
        },
        "api": {"base_url": LOCAL_UI, "expose_config": "False"},
        "logging": {
            "remote_logging": "True",
            "remote_base_log_folder": f"s3://{log_bucket}/{PREFIX}",
            "remote_log_conn_id": "aws_default",
            "delete_local_logs": "True",
        },
        "secrets": {
            "backend": SECRETS_BACKEND,
            "backend_kwargs": json.dumps(secrets_lookup(secrets_prefix)),
        },
        "kubernetes_executor": {
            "delete_worker_pods": "True",
            # What is left of a failed pod is cleaned up later, and can be looked at until then.
            "delete_worker_pods_on_failure": "False",
            "worker_pods_creation_batch_size": 16,
        },
    }


def secrets_lookup(prefix: str) -> dict[str, str | None]:
    """What Airflow asks Secrets Manager for: each look-up costs ($0.05 per 10,000).

    Settings are never there, and the pods' own connection is in their environment.
    """
    return {
        "connections_prefix": f"{prefix}/connections",
        "variables_prefix": f"{prefix}/variables",
        "config_prefix": None,
        "connections_lookup_pattern": "^(?!aws_default$).*",
    }
