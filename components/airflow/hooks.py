"""The two hooks that let a destroy end: one before the nodes go, one after the cluster is gone.

Pulumi runs them before it deletes a marker, a `Stash` that stands at the right place in the order
of things: everything inside the cluster waits for the first, so it goes right after Airflow and
while nodes and controllers still work; the cluster waits for the second, so it goes right after
the cluster and before the subnets. A marker is never replaced, so nothing but the end of the
cluster triggers a hook.

A destroy must run the program (`--run-program`), and both hooks must be registered as long as the
markers are in the state, also by a stack that has just switched Airflow off: `register` is cheap.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi

from components.airflow.drain import drain

if TYPE_CHECKING:
    from components.airflow.leftovers import AwsAccount, Client
    from components.naming import Site


@dataclass(frozen=True, kw_only=True)
class Hooks:
    drain: pulumi.ResourceHook
    sweep: pulumi.ResourceHook


def register(name: str, *, site: Site, keep_volumes: bool) -> Hooks:
    """The hooks of the cluster of the component `name`. `keep_volumes`: leave volumes alone, which
    may be data.
    """
    cluster = site.name("eks", "airflow")

    async def before(_args: pulumi.ResourceHookArgs) -> None:
        await _run(cluster, site, keep_volumes=keep_volumes, only_when_gone=False)

    async def after(_args: pulumi.ResourceHookArgs) -> None:
        await _run(cluster, site, keep_volumes=keep_volumes, only_when_gone=True)

    return Hooks(
        drain=pulumi.ResourceHook(f"{name}-drain", before),
        sweep=pulumi.ResourceHook(f"{name}-sweep", after),
    )


async def _run(cluster: str, site: Site, *, keep_volumes: bool, only_when_gone: bool) -> None:
    loop = asyncio.get_running_loop()

    def say(text: str) -> None:
        loop.call_soon_threadsafe(pulumi.log.info, text)

    await asyncio.to_thread(
        clear,
        cluster,
        site,
        keep_volumes=keep_volumes,
        only_when_gone=only_when_gone,
        say=say,
    )


def clear(
    cluster: str,
    site: Site,
    *,
    keep_volumes: bool,
    only_when_gone: bool,
    say: Callable[[str], None],
) -> None:
    """Drains the cluster's leftovers. Raises RuntimeError with one sentence: the wrong account, no
    permission, or what remained.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        account = _account(cluster, site.region)
        _check_account(account, site)
        gone = account.cluster_is_gone()
        if only_when_gone and not gone:
            say(f"{cluster} is still there: nothing was cleared away behind it")
            return
        drain(
            account,
            cluster=cluster,
            cluster_gone=gone,
            keep_volumes=keep_volumes,
            say=say,
            now=time.monotonic,
            sleep=time.sleep,
        )
    except (BotoCoreError, ClientError) as error:
        raise RuntimeError(
            f"what {cluster} left could not be cleared away: {error}; with the credentials of the "
            "deployment in the environment, run the destroy again"
        ) from error


def _account(cluster: str, region: str) -> AwsAccount:
    import boto3

    from components.airflow.leftovers import AwsAccount

    session = cast("Any", boto3.Session(region_name=region))
    clients: dict[str, Client] = {}

    def client(service: str) -> Client:
        if service not in clients:
            clients[service] = cast("Client", session.client(service))
        return clients[service]

    return AwsAccount(cluster, client)


def _check_account(account: AwsAccount, site: Site) -> None:
    number = account.number()
    if number != site.account_id:
        raise RuntimeError(
            f"logged in to account {number}, and the stack's is {site.account_id}: nothing was "
            "cleared away; log in to the stack's account and run the destroy again"
        )
