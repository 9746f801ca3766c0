"""An estimate as tables of words: the same ones for the terminal, the page and the comment.

It decides what is said and in which order; how it looks is `automation.cost.report`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from automation.cost import money, pricebook
from automation.cost.estimate import Estimate, Estimated
from automation.cost.model import HUNDRED, Line, State
from automation.cost.pricebook import Source
from automation.cost.savings import savings

TOP = 10
# First part of a rate's name → the service as its bill calls it.
SERVICES = {
    "amp": "Managed Prometheus",
    "athena": "Athena",
    "backup": "Backup storage",
    "budgets": "Budgets",
    "cloudtrail": "CloudTrail",
    "cloudwatch": "CloudWatch",
    "databricks": "Databricks",
    "dms": "DMS",
    "dynamodb": "DynamoDB",
    "ebs": "EBS",
    "ec2": "EC2",
    "ecr": "ECR",
    "eks": "EKS",
    "elb": "Load balancing",
    "emr": "EMR",
    "endpoint": "VPC endpoints",
    "firehose": "Firehose",
    "glue": "Glue",
    "ipv4": "Public addresses",
    "kinesis": "Kinesis",
    "kms": "KMS",
    "lambda": "Lambda",
    "mwaa": "MWAA",
    "nat": "NAT gateway",
    "quicksight": "QuickSight",
    "rds": "RDS",
    "redshift": "Redshift",
    "s3": "S3",
    "scheduler": "EventBridge Scheduler",
    "secrets": "Secrets Manager",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "Systems Manager",
    "states": "Step Functions",
    "transfer": "Data transfer",
}
# The costs that the requirements call hidden, with what they say of them.
HIDDEN = (
    ("nat", "NAT gateway", "$32 a month and $0.045 a GB"),
    ("endpoint", "VPC endpoints", "$7.20 a month each"),
    ("kms", "KMS", "$1 a key and $0.03 for 10,000 requests"),
    ("backup", "Backup storage", "$0.10 a GB"),
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Plain words; `numeric` columns stand to the right."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    total: tuple[str, ...] = ()


def service(line: Line) -> str:
    return SERVICES[line.rate.partition(".")[0]]


def by_service(found: Estimate) -> Table:
    """Fixed and usage parts, the dearest service first."""
    sums: dict[str, list[Decimal]] = {}
    for line in found.lines():
        sums.setdefault(service(line), [Decimal(0), Decimal(0)])[line.by_usage] += line.usd
    ordered = sorted(sums.items(), key=lambda item: (-sum(item[1]), item[0]))
    return Table(
        title=f"{found.stack}: USD a month in {found.context.book.region}",
        head=("service", "fixed", "usage", "total"),
        rows=tuple(
            (name, money.usd(fixed), money.usd(used), _sum(fixed + used))
            for name, (fixed, used) in ordered
        ),
        numeric=(1, 2, 3),
        total=("total", *(money.usd(sum_) for sum_ in (found.fixed, found.usage, found.total))),
    )


def _sum(amount: Decimal) -> str:
    """What is counted and costs nothing, like the first million objects of Glue, says so."""
    return money.usd(amount) if amount else "$0.00"


def dearest(found: Estimate) -> Table:
    return Table(
        title=f"The {TOP} dearest resources",
        head=("resource", "type", "total", "of which", "assuming"),
        rows=tuple(
            (
                one.resource.name,
                one.resource.type.partition("/")[0].removeprefix("aws:"),
                money.usd(one.usd),
                _parts(one),
                "; ".join(dict.fromkeys(line.because for line in one.lines if line.because)),
            )
            for one in found.dearest(TOP)
        ),
        numeric=(2,),
    )


def _parts(one: Estimated) -> str:
    ordered = sorted((line for line in one.lines if line.usd), key=lambda line: -line.usd)
    return ", ".join(f"{line.what} {money.usd(line.usd)}" for line in ordered)


def hidden(found: Estimate) -> Table:
    """What the requirements call hidden costs; absent ones are said to be absent."""
    rows: list[tuple[str, ...]] = []
    for prefix, name, told in HIDDEN:
        lines = [line for line in found.lines() if line.rate.startswith(f"{prefix}.")]
        amount = _sum(sum((line.usd for line in lines), Decimal(0)))
        rows.append((name, told, amount if lines else "none in this stack"))
    return Table(
        title="Hidden costs",
        head=("cost", "the requirements say", "in this stack"),
        rows=tuple(rows),
        numeric=(2,),
    )


def saved(found: Estimate) -> Table:
    return Table(
        title="What another setting would save, and what is saved already",
        head=("setting", "saves a month", "at the price of"),
        rows=tuple(
            (one.what, f"{money.usd(one.usd)}{' already' if one.in_force else ''}", one.price)
            for one in savings(found)
        ),
        numeric=(1,),
    )


def uncounted(found: Estimate) -> Table:
    """Everything that the total leaves out."""
    return Table(
        title="Not in the total",
        head=("resource", "state", "range a month", "why"),
        rows=tuple(
            (one.resource.name, one.state.value, _range(one), one.why)
            for one in _of(found, State.UNKNOWN, State.UNSUPPORTED)
        ),
    )


def _of(found: Estimate, *states: State) -> Iterable[Estimated]:
    return (one for state in states for one in found.of(state))


def _range(one: Estimated) -> str:
    if one.low is None or one.high is None:
        return "no limits known"
    return f"{money.usd(one.low)} to {money.usd(one.high)}"


def coverage(found: Estimate) -> str:
    """How sure the total is, in one sentence."""
    counts = {state: len(found.of(state)) for state in State}
    billable = sum(counts.values()) - counts[State.FREE]
    return (
        f"{len(found.items)} resources: {counts[State.FREE]} free; of {billable} others "
        f"{counts[State.PRICED]} priced, {counts[State.USAGE_BASED]} by usage, "
        f"{counts[State.UNKNOWN]} unknown, {counts[State.UNSUPPORTED]} unsupported."
    )


def limits(found: Estimate) -> str:
    """The total beside the stack's own budget."""
    budget = found.budget
    if budget is None:
        return "The stack has no budget."
    share = found.total / budget * HUNDRED
    verdict = "within" if found.total <= budget else "ABOVE"
    return (
        f"{money.usd(found.total)} is {share:.0f}% of the budget of {money.usd(budget)} a month "
        f"(observability.budget_usd_per_month): {verdict} it."
    )


def prices(found: Estimate) -> str:
    """Where the rates in use are from, and from when."""
    used = {line.rate for line in found.lines()}
    rates = [rate for name, rate in found.context.book.rates.items() if name in used]
    if not rates:
        return "No rate is in use."
    counts = pricebook.sources(rates)
    words = ", ".join(f"{count} {source.value}" for source, count in counts.items())
    dates = sorted(rate.published for rate in rates)
    unchecked = (
        "; not compared with AWS's offer files"
        if counts.keys() & {Source.TYPED, Source.ASSUMED}
        else ""
    )
    return f"{len(rates)} rates in use ({words}), of {dates[0]} to {dates[-1]}{unchecked}."
