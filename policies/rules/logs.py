"""Logs are kept for a time that somebody chose, and under our key."""

from __future__ import annotations

from collections.abc import Iterator

from policies.rule import Context, Rule, Severity
from policies.subject import Subject, texts

GROUP = "aws:cloudwatch/logGroup:LogGroup"
CLUSTERS = frozenset({"aws:eks/cluster:Cluster", "eks:index:Cluster"})
# Who did what to the cluster, and who was let in; the other kinds are for debugging and cost more.
WANTED = frozenset({"api", "audit", "authenticator"})


def _kept(subject: Subject, context: Context) -> Iterator[str]:
    days = int(subject.get("retentionInDays") or 0)
    if not days:
        yield "retentionInDays is missing: the log is kept, and billed, for ever; set it"
    elif days > context.limits.log_days:
        yield f"retentionInDays is {days}, at most {context.limits.log_days} are allowed: lower it"
    if not subject.given("kmsKeyId"):
        yield "kmsKeyId is missing: name the stack's key for logs"


def _audited(subject: Subject, _context: Context) -> Iterator[str]:
    if missing := sorted(WANTED - set(texts(subject.get("enabledClusterLogTypes")))):
        yield f"enabledClusterLogTypes lacks {', '.join(missing)}: add them"


RULES = (
    Rule(
        name="logs-kept-and-encrypted",
        says="Log groups have a retention and our key.",
        severity=Severity.MEDIUM,
        types=frozenset({GROUP}),
        check=_kept,
    ),
    Rule(
        name="clusters-audited",
        says="Clusters record who did what, and who was let in.",
        severity=Severity.MEDIUM,
        types=CLUSTERS,
        check=_audited,
    ),
)
