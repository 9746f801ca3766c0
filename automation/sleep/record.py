"""The way back from sleep: for each object that was put to sleep, what it was before.

An SSM parameter an object, `/off-hours/<prefix>-<env>/<name>-<hash of the URN>`: written before the
object is touched, never over an older one, deleted once the object is back. So an interrupted sleep
or wake is run again, and two sleeps in a row do not take the first one's zeros for the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import Field, ValidationError

from automation.errors import UserError
from components.section import Section


class Kept(Section):
    """What one object was before."""

    urn: str
    type: str
    id: str
    at: str = Field(description="When it was put to sleep, ISO 8601, UTC.")
    before: dict[str, Any]

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records of one stack. `site` is `{prefix}-{env}`; `client` is SSM's."""

    site: str
    client: Any  # boto3 has no types

    @property
    def path(self) -> str:
        return f"/off-hours/{self.site}"

    def all(self) -> list[Kept]:
        """Raises `UserError` where they cannot be read."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            pages = self.client.get_paginator("get_parameters_by_path").paginate(Path=self.path)
            texts = [str(item["Value"]) for page in pages for item in page["Parameters"]]
        except (BotoCoreError, ClientError) as error:
            raise UserError(
                f"the records of sleep under {self.path} cannot be read: {error}"
            ) from None
        try:
            return sorted((Kept.model_validate_json(text) for text in texts), key=lambda k: k.urn)
        except ValidationError as error:
            raise UserError(
                f"a record of sleep under {self.path} is not one that `sleep` writes: {error}"
            ) from None

    def keep(self, kept: Kept) -> None:
        """Write the record, unless there is one of the same object already, which counts."""
        try:
            self._put(kept, overwrite=False)
        except self.client.exceptions.ParameterAlreadyExists:
            answer = self.client.get_parameter(Name=self._name(kept.urn))
            if Kept.model_validate_json(answer["Parameter"]["Value"]).id != kept.id:
                self._put(kept, overwrite=True)  # the object was replaced while it slept

    def forget(self, kept: Kept) -> None:
        try:
            self.client.delete_parameter(Name=self._name(kept.urn))
        except self.client.exceptions.ParameterNotFound:
            return  # an interrupted wake had come as far

    def _put(self, kept: Kept, *, overwrite: bool) -> None:
        self.client.put_parameter(
            Name=self._name(kept.urn),
            Type="String",
            Value=kept.model_dump_json(),
            Overwrite=overwrite,
            Description="How an object was before sleep; `wake` deletes it",
        )

    def _name(self, urn: str) -> str:
        return f"{self.path}/{urn.rsplit('::', 1)[-1]}-{sha256(urn.encode()).hexdigest()[:8]}"
