"""The registry keeps what was tested, and the image holds the versions that were tested."""

import json
import re

import pytest
from pydantic import ValidationError

from components.airflow.config import AirflowConfig
from components.image_registry import ImageRegistry, ImageRegistryConfig
from components.pipeline_runner import PYTHON
from pipelines.places import Places
from tests.graph import ROOT, Graph, record
from tests.unit.pipeline_graph import KEYS, SITE

REPOSITORY = "aws:ecr/repository:Repository"
DOCKERFILE = (ROOT / "docker" / "airflow" / "Dockerfile").read_text()
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def registry(*, retain: bool) -> Graph:
    config = ImageRegistryConfig(enabled=True, retain=retain, keep_images=5)
    return record(lambda: ImageRegistry("images", config, site=SITE, key_arn=KEYS.data))


def pins(path: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / path).read_text()))


def test_a_tag_is_one_image_for_ever_scanned_and_under_our_key():
    inputs = registry(retain=False).only(REPOSITORY).inputs
    assert inputs["imageTagMutability"] == "IMMUTABLE"
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEYS.data}]


@pytest.mark.parametrize("retain", [True, False])
def test_images_are_kept_exactly_when_the_stack_says_so(retain):
    node = registry(retain=retain).only(REPOSITORY)
    assert node.protect is retain
    assert node.retain_on_delete is retain
    assert node.inputs["forceDelete"] is not retain


def test_the_newest_images_stay_and_failed_pushes_go():
    text = registry(retain=False).only("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"]
    failed, old = json.loads(text)["rules"]
    assert failed["selection"]["tagStatus"] == "untagged"
    assert old["selection"]["countNumber"] == 5
    # ECR wants the rule for any tag to come last.
    assert failed["rulePriority"] < old["rulePriority"]


def test_only_functions_of_this_account_pull_it_through_lambda():
    text = registry(retain=False).only("aws:ecr/repositoryPolicy:RepositoryPolicy").inputs["policy"]
    (pull,) = json.loads(text)["Statement"]
    assert pull["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert pull["Condition"]["StringLike"]["aws:SourceArn"].startswith(
        "arn:aws:lambda:eu-west-1:123456789012:function:"
    )


def test_one_image_is_no_way_back():
    with pytest.raises(ValidationError, match="keep_images"):
        ImageRegistryConfig(enabled=True, retain=False, keep_images=1)


def test_the_image_has_the_airflow_of_the_cluster_and_of_the_tests():
    version = AirflowConfig.model_fields["airflow_version"].default
    assert f"ARG AIRFLOW_VERSION={version}\n" in DOCKERFILE
    assert pins("requirements-airflow.txt")["apache-airflow"] == version
    assert pins("requirements-airflow.lock")["apache-airflow"] == version
    assert "-r" not in (ROOT / "requirements-airflow.txt").read_text().split()


@pytest.mark.parametrize(
    ("wanted", "lock"),
    [
        ("requirements-airflow.txt", "requirements-airflow.lock"),
        ("docker/airflow/requirements-jobs.txt", "docker/airflow/requirements-jobs.lock"),
    ],
)
def test_locks_hold_what_is_wanted_with_hashes(wanted, lock):
    locked = pins(lock)
    assert pins(wanted).items() <= locked.items()
    text = (ROOT / lock).read_text()
    hashed = re.findall(r"^\S+==[^\\\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(hashed) == len(re.findall(r"^\S+==", text, re.MULTILINE))
    assert lock in DOCKERFILE


def test_commands_have_the_libraries_that_they_were_tested_with():
    ours = {
        name: version
        for file in ("requirements.txt", "requirements-local.txt")
        for name, version in pins(file).items()
    }
    for name, version in pins("docker/airflow/requirements-jobs.txt").items():
        assert name == "awslambdaric" or ours[name] == version, name


def test_the_image_holds_each_package_of_the_commands_in_their_interpreter():
    assert Places.__dataclass_fields__["command_python"].default == PYTHON
    assert f"RUN python -m venv {PYTHON.removesuffix('/bin/python')}" in DOCKERFILE
    for package in ("contract", "jobs", "pipelines", "warehouse"):
        assert re.search(rf"^COPY .* {package} /opt/shoptrend/lib/\S+/{package}$", DOCKERFILE, re.M)
    ignored = (ROOT / "docker" / "airflow" / "Dockerfile.dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY \S+ (.*) \S+$", DOCKERFILE, re.MULTILINE)
    for path in (path for line in copied for path in line.split()):
        assert f"!{path}" in ignored
        assert (ROOT / path).exists()
