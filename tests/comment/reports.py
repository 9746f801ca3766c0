"""Stack reports for tests, in a line each."""

from automation.results import Change, Diagnostic, Op, Outcome, PolicyNote, Result, State
from automation.stack_report import Run, StackReport

RUN = Run(
    pull_request=42,
    head="3f9c1ab" + "0" * 33,
    base="1ab3f9c" + "0" * 33,
    number=1234567,
    url="https://github.example/shop/platform/actions/runs/1234567",
)
BUCKET = "aws:s3/bucket:Bucket"
STREAM = "aws:kinesis/stream:Stream"
TABLE = "aws:glue/catalogTable:CatalogTable"


def state(inputs=None, *, protect=False, retain=False) -> State:
    return State(
        inputs=inputs or {}, outputs={}, parent="", protect=protect, retain_on_delete=retain
    )


def change(op, type_=STREAM, name="ingest-stream", *, old=None, new=None, **more) -> Change:
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    before = None if op is Op.CREATE else old or state()
    after = None if op is Op.DELETE else new or state()
    return Change(urn=urn, type=type_, op=op, old=before, new=after, **more)


def result(*changes, outcome=Outcome.SUCCEEDED, said=(), policies=()) -> Result:
    return Result(
        outcome=outcome,
        preview=True,
        seconds=1,
        changes=tuple(sorted(changes, key=lambda one: one.urn)),
        diagnostics=tuple(said),
        policies=tuple(policies),
    )


def error(message, urn="") -> Diagnostic:
    return Diagnostic(urn=urn, severity="error", message=message)


def violation(policy="tls-only", name="lake-gold", level="mandatory", message="add the policy"):
    return PolicyNote(
        urn=f"urn:pulumi:dev::shop::{BUCKET}::{name}",
        policy=policy,
        level=level,
        severity="high",
        message=message,
    )


def report(*changes, stack="dev", **more) -> StackReport:
    return StackReport(stack=stack, result=result(*changes), offline=True, compared=True, **more)
