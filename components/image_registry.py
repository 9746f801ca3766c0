"""ImageRegistry: the repository of the image in which Airflow and the commands run.

It belongs to the foundation (`bootstrap.py`): a function of Lambda cannot be made before its image
is there. Tags are immutable, so that what was tested is what runs: a new version is a new tag. It
leaves out building and pushing (`automation.image`) and who pulls: the nodes of the cluster do by
AWS's policies, Lambda by the policy here.
"""

import json

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components.iam import Statement, policy_document
from components.naming import Site
from components.section import Section

UNTAGGED_DAYS = 1


class ImageRegistryConfig(Section):
    enabled: bool = Field(
        description="A repository in ECR for docker/airflow: $0.10 a GB and month, scans are free."
    )
    keep_images: int = Field(
        default=10,
        ge=2,
        le=1000,
        description="Newest images that are kept (2 to 1000): the way back after a bad one.",
    )
    retain: bool = Field(
        description="True: a destroy leaves the images alone. False: they go with it, and are "
        "built again."
    )


class ImageRegistry(pulumi.ComponentResource):
    url: pulumi.Output[str]
    """Address without a tag, as `docker push` wants it."""

    def __init__(
        self,
        name: str,
        config: ImageRegistryConfig,
        *,
        site: Site,
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:ImageRegistry", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        repository = aws.ecr.Repository(
            f"{name}-repository",
            name=site.name("ecr", "airflow"),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": key_arn}],
            force_delete=not config.retain,
            opts=pulumi.ResourceOptions(
                parent=self, protect=config.retain, retain_on_delete=config.retain
            ),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=json.dumps({"rules": lifecycle_rules(config.keep_images)}),
            opts=child,
        )
        aws.ecr.RepositoryPolicy(
            f"{name}-pull",
            repository=repository.name,
            policy=policy_document(_lambda_pulls(site)),
            opts=child,
        )
        self.url = repository.repository_url
        self.register_outputs({"url": self.url})


def lifecycle_rules(keep: int) -> list[dict[str, object]]:
    """What is deleted, by ECR's order: layers of failed pushes first, then all but the newest."""
    return [
        {
            "rulePriority": 1,
            "description": "Without a tag nobody can ask for it",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"The newest {keep} are the way back",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": keep,
            },
            "action": {"type": "expire"},
        },
    ]


def _lambda_pulls(site: Site) -> Statement:
    """Lambda fetches images as itself, when a function is made and when it was idle for long."""
    functions = f"arn:aws:lambda:{site.region}:{site.account_id}:function:*"
    return Statement(
        sid="LambdaPulls",
        actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        principals={"Service": "lambda.amazonaws.com"},
        conditions={"StringLike": {"aws:SourceArn": functions}},
    )
