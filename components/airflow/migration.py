"""The Job that migrates Airflow's database and makes the first user of its UI.

It runs before the release and instead of the chart's: as a hook that one is created only after
pods are ready that wait for it, and without hooks its pod cannot be changed. It goes past
pgbouncer, where a session lasts no longer than a transaction.
"""

import pulumi
import pulumi_kubernetes as kubernetes

from components.airflow import names
from components.airflow.jobs import container, run_once
from components.airflow.pods import resources
from components.airflow.secrets import ADMIN_USER

AUTH_MANAGER = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
# Nobody reads this mailbox: the form wants an address.
CREATE_ADMIN = (
    f"exec airflow users create --username {ADMIN_USER} --role Admin --firstname Airflow "
    '--lastname Administrator --email admin@airflow.invalid --password "$ADMIN_PASSWORD"'
)


def migration(
    name: str, *, image: str, stamp: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> kubernetes.batch.v1.Job:
    """Both steps do nothing when all is there already. The user's password is set once: whoever
    changes it in the UI is not overruled.
    """
    env: dict[str, pulumi.Input[str]] = {
        "AIRFLOW__CORE__AUTH_MANAGER": AUTH_MANAGER,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    secrets = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": (names.METADATA_DIRECT, "connection"),
        "AIRFLOW__CORE__FERNET_KEY": (names.FERNET, "fernet-key"),
        "AIRFLOW__API__SECRET_KEY": (names.API_SECRET, "api-secret-key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": (names.JWT, "jwt-secret"),
    }
    size = resources(200, 512, limit_mb=1024)
    steps = [
        container("migrate", image, ["db", "migrate"], env=env, secrets=secrets, resources=size),
        container(
            "admin",
            image,
            ["bash", "-c", CREATE_ADMIN],
            env=env,
            secrets={**secrets, "ADMIN_PASSWORD": (names.ADMIN, "password")},
            resources=size,
        ),
    ]
    return run_once(
        name,
        account=names.MIGRATE,
        steps=steps,
        made_of=[image, CREATE_ADMIN, *sorted(env), *sorted(secrets)],
        stamp=stamp,
        opts=opts,
    )
