"""A stack of two resources on the real engine, its state in the foundation's bucket.

Run as a module it is a deployment in a process of its own, which a test may kill.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import pulumi
import pulumi_aws as aws
import yaml
from pulumi import automation as auto

import settings
from automation import lease, session, turn
from automation.backend import Bucket, Login, secrets_provider, stored_state
from automation.engine import Engine
from automation.errors import ROOT, UserError
from automation.ground import Ground
from automation.lease_table import Leases, here
from local.access import Access
from local.provider.server import serve

STACK = "local"


@dataclass(kw_only=True)
class Tiny:
    ground: Ground
    engine: Engine
    folder: Path
    project: str
    key_arn: str
    started: list[subprocess.Popen] = field(default_factory=list)

    @property
    def bucket(self) -> Bucket:
        return self.ground.bucket

    @property
    def leases(self) -> Leases:
        return Leases(
            table=f"{self.ground.foundation.platform.prefix}-local-lease",
            client=self.ground.login.client("dynamodb"),
        )

    @property
    def place(self) -> turn.Place:
        return turn.Place(stack=STACK, store=self.bucket, leases=self.leases, project=self.project)

    @property
    def secrets_provider(self) -> str:
        """By the key's id: the emulator weighs grants on the alias, AWS on the key behind it."""
        return secrets_provider(self.key_arn.rpartition("/")[2], self.ground.login)

    def state(self) -> dict:
        return stored_state(self.bucket, self.project, STACK) or {}

    def names(self) -> set[str]:
        return {
            one["urn"].rpartition("::")[2]
            for one in self.state()["resources"]
            if not one["type"].startswith("pulumi:")
        }

    def start(self, *, s3: str | None = None, lease_seconds: float = 0) -> subprocess.Popen:
        """A deployment in a process (group) of its own; `s3` is where its bucket is made."""
        order = {
            "project": self.project,
            "engine": str(self.engine.path),
            "folder": str(self.folder),
            "login": asdict(self.ground.login),
            "bucket": self.bucket.name,
            "secrets": self.secrets_provider,
            "config": self.ground.provider_config,
            "s3": s3,
            "table": self.leases.table,
            "lease_seconds": lease_seconds,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.state.tiny", json.dumps(order)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def start_and_wait_for_the_bucket(self, **options) -> subprocess.Popen:
        """Started, and creating the bucket: that is written in the state, and so is the lock."""
        process = self.start(**options)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise AssertionError(process.stdout and process.stdout.read())
            under_way = self.state().get("pending_operations", [])
            if any(one["resource"]["type"] == "aws:s3/bucket:Bucket" for one in under_way):
                return process
            time.sleep(0.1)
        raise AssertionError("the run never came to its bucket")

    def kill(self, process: subprocess.Popen) -> None:
        """As the kernel does when memory runs out: the engine and the program, without a word."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()

    def kill_all(self) -> None:
        for process in self.started:
            if process.poll() is None:
                self.kill(process)
            elif process.stdout:
                process.stdout.close()

    @contextmanager
    def opened(
        self, *, word: str = "one", key: Access | None = None, retain: bool = False
    ) -> Generator[session.Session]:
        """As the emulator's root, or with the key of a role."""
        config, environment = self.ground.provider_config, self.bucket.login.environment
        if key is not None:
            config = {
                **config,
                "aws:accessKey": key.key,
                "aws:secretKey": key.secret,
                "aws:token": key.token,
            }
            environment = {
                "AWS_ACCESS_KEY_ID": key.key,
                "AWS_SECRET_ACCESS_KEY": key.secret,
                "AWS_SESSION_TOKEN": key.token or "",
            }
        with _opened(
            project=self.project,
            engine=str(self.engine.path),
            folder=self.folder,
            bucket=self.bucket,
            secrets=self.secrets_provider,
            config=config,
            environment=environment,
            word=word,
            retain=retain,
        ) as session_:
            yield session_


def _program(project: str, word: str, *, retain: bool) -> None:
    queue = aws.sqs.Queue("queue", name=f"shoptrend-local-{project}-queue")
    after = pulumi.ResourceOptions(depends_on=[queue], protect=retain, retain_on_delete=retain)
    bucket = aws.s3.Bucket("bucket", bucket=f"shoptrend-local-{project}-bucket", opts=after)
    pulumi.export("bucket", bucket.bucket)
    pulumi.export("word", word)


@contextmanager
def _opened(
    *,
    project,
    engine,
    folder,
    bucket,
    secrets,
    config,
    environment,
    s3=None,
    word="one",
    retain=False,
) -> Generator[session.Session]:
    endpoints = [{**group, **({"s3": s3} if s3 else {})} for group in config["aws:endpoints"]]
    work_dir = Path(folder) / "project"
    work_dir.mkdir(exist_ok=True)
    (work_dir / "Pulumi.yaml").write_text(yaml.safe_dump({"name": project, "runtime": "python"}))
    stack_file = work_dir / f"Pulumi.{STACK}.yaml"
    before = yaml.safe_load(stack_file.read_text()) if stack_file.exists() else {}
    # The encrypted key is committed with the file: to make one takes more than a preview may do.
    kept = {name: before[name] for name in ("encryptedkey",) if name in before}
    written = {"secretsprovider": secrets, "config": {**config, "aws:endpoints": endpoints}}
    stack_file.write_text(yaml.safe_dump({**written, **kept}))
    path = f"{Path(engine).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["PATH"] = path
    with serve() as provider:
        stack = auto.create_or_select_stack(
            stack_name=STACK,
            project_name=project,
            program=lambda: _program(project, word, retain=retain),
            opts=auto.LocalWorkspaceOptions(
                work_dir=str(work_dir),
                secrets_provider=secrets,
                env_vars={
                    "PATH": path,
                    "PULUMI_HOME": str(Path(folder) / "home"),
                    "PULUMI_BACKEND_URL": bucket.url,
                    "PULUMI_DEBUG_PROVIDERS": f"aws:{provider.port}",
                    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                    "PULUMI_SKIP_UPDATE_CHECK": "1",
                    **environment,
                },
            ),
        )
        yield session.Session(
            name=STACK,
            stack=stack,
            settings=cast("settings.Settings", None),
            simulated=provider.simulated,
        )


def _deploy(order: dict) -> int:
    login = Login(**order["login"])
    try:
        with ExitStack() as around:
            if order["lease_seconds"]:
                leases = Leases(table=order["table"], client=login.client("dynamodb"))
                around.enter_context(
                    lease.held(
                        leases,
                        f"{order['project']}/{STACK}",
                        here(),
                        seconds=order["lease_seconds"],
                    )
                )
            opened = around.enter_context(
                _opened(
                    project=order["project"],
                    engine=order["engine"],
                    folder=order["folder"],
                    bucket=Bucket(name=order["bucket"], login=login),
                    secrets=order["secrets"],
                    config=order["config"],
                    environment=login.environment,
                    s3=order["s3"],
                )
            )
            opened.up(lambda _event: None)
    except UserError as error:
        sys.stdout.write(f"{error}\n")
        return error.exit
    return 0


if __name__ == "__main__":
    sys.exit(_deploy(json.loads(sys.argv[1])))
