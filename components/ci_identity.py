"""CiIdentity: how CI logs in to one account without a key: GitHub's OpenID Connect provider, a
preview role that can only read, and a deploy role under a boundary.

One of each for an environment, in its own account. The roles are bound to a repository *and* a
GitHub environment: `pull_request` as a subject would let every branch of the repository, and so
everyone who may push one, assume them. It leaves out the rules of those GitHub environments
(reviewers, branches), which are set there, and a boundary on the roles that a deployment makes.
"""

from collections.abc import Sequence
from typing import Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components import ci_policies
from components.ci_actions import GROUPS
from components.ci_policies import ISSUER
from components.iam import Statement, policy_document
from components.naming import Site
from components.remote_state import RemoteState
from components.section import Section

AUDIENCE = "sts.amazonaws.com"


class CiConfig(Section):
    enabled: bool = Field(description="Whether CI deploys this stack; false: people alone do.")
    repository: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$",
        description="The GitHub repository that may log in, as `owner/name`.",
    )
    deploy_environment: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]{1,255}$",
        description="The GitHub environment whose jobs may deploy; none: the stack's name.",
    )
    preview_environment: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]{1,255}$",
        description="The GitHub environment whose jobs may preview; none: `preview-{env}`.",
    )
    provider_arn: str | None = Field(
        default=None,
        pattern=rf"^arn:aws:iam::\d{{12}}:oidc-provider/{ISSUER}$",
        description="GitHub's provider where the account has it already: IAM takes each issuer "
        "once in an account. None: made here.",
    )
    extra_regions: list[str] = Field(
        default_factory=list[str],
        description="Regions beside the stack's own in which a deployment may work, e.g. the one "
        "of a replica.",
    )
    session_minutes: int = Field(
        default=60,
        ge=60,
        le=720,
        description="How long a login lasts (IAM allows 60 to 720 minutes): longer than the "
        "longest deployment.",
    )
    deletes_data: bool = Field(
        description="Whether a deployment may delete buckets, versions of objects, streams, "
        "databases and keys. False: a person has to, with a login of their own."
    )

    @model_validator(mode="after")
    def _somebody_logs_in(self) -> Self:
        if self.enabled and self.repository is None:
            raise ValueError(
                "enabled is true and repository is not set: name the one that may log in, e.g. "
                "repository: shoptrend/platform, or set enabled: false"
            )
        return self


class CiIdentity(pulumi.ComponentResource):
    provider_arn: pulumi.Output[str]
    preview_role_arn: pulumi.Output[str]
    deploy_role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: CiConfig,
        *,
        site: Site,
        state: RemoteState,
        retain: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:CiIdentity", name, {}, opts)
        self._name = name
        self._config = config
        self._site = site
        self._child = pulumi.ResourceOptions(parent=self)

        self.provider_arn = self._create_provider(retain=retain)
        preview = self._create_role(
            "preview",
            config.preview_environment or f"preview-{site.env}",
            "Previews and drift of the platform: reads only",
        )
        self._attach("preview", preview, "read-only", ci_policies.read_only(state))
        for group in GROUPS:
            self._attach(
                "preview", preview, group, policy_document(*ci_policies.reads(site, group))
            )
        self.preview_role_arn = self._grant("preview", preview, state.read())
        deploy = self._create_role(
            "deploy",
            config.deploy_environment or site.env,
            "Deployments of the platform",
            boundary=self._create_boundary(state),
        )
        for group in GROUPS:
            grants = policy_document(*ci_policies.deployment(site, group))
            self._attach("deploy", deploy, group, grants)
        self.deploy_role_arn = self._grant("deploy", deploy, [*state.read(), *state.write()])
        self.register_outputs(
            {
                "provider_arn": self.provider_arn,
                "preview_role_arn": self.preview_role_arn,
                "deploy_role_arn": self.deploy_role_arn,
            }
        )

    def _create_provider(self, *, retain: bool) -> pulumi.Output[str]:
        if self._config.provider_arn is not None:
            return pulumi.Output.from_input(self._config.provider_arn)
        # IAM checks GitHub's certificate against its own list of authorities: no thumbprint.
        provider = aws.iam.OpenIdConnectProvider(
            f"{self._name}-github",
            url=f"https://{ISSUER}",
            client_id_lists=[AUDIENCE],
            opts=pulumi.ResourceOptions(parent=self, protect=retain, retain_on_delete=retain),
        )
        return provider.arn

    def _create_role(
        self,
        role: str,
        environment: str,
        description: str,
        *,
        boundary: pulumi.Output[str] | None = None,
    ) -> aws.iam.Role:
        subject = f"repo:{self._config.repository}:environment:{environment}"
        return aws.iam.Role(
            f"{self._name}-{role}",
            name=self._site.name("iam", f"ci-{role}"),
            description=description,
            assume_role_policy=policy_document(
                Statement(
                    sid="GitHubEnvironment",
                    actions=["sts:AssumeRoleWithWebIdentity"],
                    principals={"Federated": self.provider_arn},
                    conditions={
                        "StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subject}
                    },
                )
            ),
            max_session_duration=self._config.session_minutes * 60,
            permissions_boundary=boundary,
            opts=self._child,
        )

    def _create_boundary(self, state: RemoteState) -> pulumi.Output[str]:
        statements = ci_policies.boundary(
            self._site,
            state,
            regions=[self._site.region, *self._config.extra_regions],
            deletes_data=self._config.deletes_data,
        )
        policy = aws.iam.Policy(
            f"{self._name}-boundary",
            name=self._site.name("iam", "ci-boundary"),
            description="The most that a deployment can ever do; it grants nothing",
            policy=policy_document(*statements),
            opts=self._child,
        )
        return policy.arn

    def _attach(self, role: str, to: aws.iam.Role, what: str, document: pulumi.Output[str]) -> None:
        policy = aws.iam.Policy(
            f"{self._name}-{role}-{what}",
            name=self._site.name("iam", f"ci-{role}-{what}"),
            policy=document,
            opts=self._child,
        )
        aws.iam.RolePolicyAttachment(
            f"{self._name}-{role}-{what}-attachment",
            role=to.name,
            policy_arn=policy.arn,
            opts=self._child,
        )

    def _grant(
        self, role: str, to: aws.iam.Role, statements: Sequence[Statement]
    ) -> pulumi.Output[str]:
        """The role's ARN, known once its own policy is attached."""
        policy = aws.iam.RolePolicy(
            f"{self._name}-{role}-policy",
            role=to.name,
            policy=policy_document(*statements),
            opts=self._child,
        )
        return pulumi.Output.all(to.arn, policy.id).apply(lambda known: str(known[0]))
