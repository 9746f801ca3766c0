"""The program under the program: what must be there before a stack can keep its state or be
deployed by CI. A project of its own, `shop-bootstrap`, with the same stacks.

`automation.bootstrap` runs it. It reads five sections of the stack file and nothing else.
"""

from collections.abc import Mapping
from typing import Self

import pulumi
from pydantic import ValidationError, model_validator

import settings
from components.ci_identity import CiConfig
from components.encryption import EncryptionConfig
from components.image_registry import ImageRegistryConfig
from components.naming import Site
from components.remote_state import RemoteState, StateConfig
from components.section import Section
from settings import PROD, PlatformConfig

PROJECT = "shop-bootstrap"


class Foundation(Section):
    """The sections of a stack file that this program is made from."""

    env: str
    platform: PlatformConfig
    encryption: EncryptionConfig
    state: StateConfig
    ci: CiConfig
    images: ImageRegistryConfig

    @model_validator(mode="after")
    def _prod_keeps_its_state(self) -> Self:
        if self.env == PROD and not self.state.retain:
            raise ValueError(
                "state.retain is false: prod must set state.retain: true, or a destroy of the "
                "bootstrap takes the state of everything along"
            )
        if self.env == PROD and self.ci.deletes_data:
            raise ValueError(
                "ci.deletes_data is true: prod must set ci.deletes_data: false, or a merged "
                "mistake deletes the shop's data"
            )
        return self

    @property
    def site(self) -> Site:
        return Site(
            prefix=self.platform.prefix,
            env=self.env,
            account_id=self.platform.account_id,
            region=self.platform.region,
        )


def parse(stack: str, sections: Mapping[str, object]) -> Foundation:
    """The foundation of a stack, of the plain values of its sections; others are passed over.

    Raises `settings.BadSettings`.
    """
    known = {name: sections[name] for name in Foundation.model_fields if name in sections}
    try:
        return Foundation.model_validate({**known, "env": stack})
    except ValidationError as error:
        raise settings.BadSettings(settings.explain(stack, error, sections)) from None


def build(foundation: Foundation) -> dict[str, pulumi.Output[str]]:
    """Register every resource of the bootstrap; returns the stack's outputs."""
    site = foundation.site
    state = RemoteState("state", foundation.state, site=site, encryption=foundation.encryption)
    outputs = {
        "state_bucket": state.bucket,
        "state_key_arn": state.key_arn,
        "lease_table": state.table,
    }
    if foundation.images.enabled:
        from components.image_registry import ImageRegistry

        images = ImageRegistry("images", foundation.images, site=site, key_arn=state.key_arn)
        outputs["image_repository"] = images.url
    if foundation.ci.enabled:
        from components.ci_identity import CiIdentity

        ci = CiIdentity("ci", foundation.ci, site=site, state=state, retain=foundation.state.retain)
        outputs |= {
            "preview_role_arn": ci.preview_role_arn,
            "deploy_role_arn": ci.deploy_role_arn,
        }
    return outputs
