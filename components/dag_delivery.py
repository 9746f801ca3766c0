"""The DAGs in a bucket: the files of `dags/` and `pipelines/`, and beside them what this stack
calls its things. An `up` delivers what the commit holds, so that DAGs and resources never differ.

DAGs that git-sync fetches need the places in the environment of the pods instead.
"""

import re

import pulumi
import pulumi_aws as aws

from components.lambda_code import ROOT

PACKAGES = ("dags", "pipelines")
# Of commands a DAG only says the names: they run elsewhere, with libraries that Airflow has not.
LEFT_OUT = ("pipelines/commands/", "pipelines/asl")


def dag_files() -> dict[str, str]:
    """Path in the repository, by key below the folder of the DAGs."""
    files: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix != ".py" and path.name != ".airflowignore":
                continue
            relative = path.relative_to(ROOT).as_posix()
            if not relative.startswith(LEFT_OUT):
                files[relative.removeprefix("dags/")] = relative
    return files


class DagDelivery(pulumi.ComponentResource):
    """For a bucket that belongs to another component: Airflow's on EKS, which DAGs have to
    themselves.
    """

    bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bucket: pulumi.Input[str],
        places: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`places` is that of `components.pipeline`."""
        super().__init__("shop:components:DagDelivery", name, {}, opts)
        deliver_dags(name, bucket=bucket, places=places, opts=pulumi.ResourceOptions(parent=self))
        self.bucket = pulumi.Output.from_input(bucket)
        self.register_outputs({"bucket": self.bucket})


def deliver_dags(
    name: str,
    *,
    bucket: pulumi.Input[str],
    places: pulumi.Output[str],
    prefix: str = "",
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Objects under `prefix` (`dags/`, or the whole bucket). Airflow reads them within a minute."""
    delivered: list[pulumi.Resource] = [
        aws.s3.BucketObjectv2(
            f"{name}-{_slug(key)}",
            bucket=bucket,
            key=f"{prefix}{key}",
            source=pulumi.FileAsset(str(ROOT / path)),
            opts=opts,
        )
        for key, path in dag_files().items()
    ]
    delivered.append(
        aws.s3.BucketObjectv2(
            f"{name}-places",
            bucket=bucket,
            key=f"{prefix}places.json",
            content=places,
            content_type="application/json",
            opts=opts,
        )
    )
    return delivered


def _slug(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", key.removesuffix(".py")).strip("-")
