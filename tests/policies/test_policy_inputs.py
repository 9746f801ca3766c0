"""Types and inputs that rules read are those of the provider's SDK: a misspelt one never fires."""

import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from policies.rules import RULES, access, data, encryption, secrets
from policies.subject import PROVIDER
from tests.provider.stacks import sdk_class

READ = [
    *[(type_, path) for type_, (path, _) in encryption.SWITCHES.items()],
    *encryption.SETTINGS.items(),
    *encryption.KEYS.items(),
    *data.SWITCH.items(),
    *[(type_, path) for type_, (path, _) in data.LOSES.items()],
    *[(type_, path) for type_, paths in secrets.MAPS.items() for path in paths],
    *[(type_, path) for type_, paths in secrets.SCRIPTS.items() for path in paths],
    *[(type_, path) for type_, paths in secrets.PASSWORDS.items() for path in paths],
    *[(type_, "policy") for type_ in (*access.DOCUMENTS, *access.CALLER)],
    *[(type_, "policyArn") for type_ in access.ATTACHMENTS],
]


def source_of(type_: str) -> str:
    """The text of the SDK's module, with the engine's names of types and inputs."""
    if type_ == "eks:index:Cluster":  # read, not imported: importing it warns
        spec = find_spec("pulumi_eks")
        assert spec
        assert spec.origin
        return Path(spec.origin).with_name("cluster.py").read_text()
    file = sys.modules[sdk_class(type_).__module__].__file__
    assert file
    return Path(file).read_text()


@pytest.mark.parametrize(
    "type_", sorted({type_ for rule in RULES for type_ in rule.types} - {PROVIDER})
)
def test_a_type_that_a_rule_looks_at_exists(type_):
    assert f"'{type_}'" in source_of(type_)


@pytest.mark.parametrize(("type_", "path"), READ)
def test_an_input_that_a_rule_reads_exists(type_, path):
    head = path.split(".")[0]
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", head).lower()
    # The SDK names the engine's spelling only where it is not Python's.
    assert f'name="{head}"' in source_of(type_) or f"def {snake}(self)" in source_of(type_)
