"""The main job, end to end: deploy the stack `local`, publish events, wait, build gold, ask,
report, destroy.

Every step is checked by its effect, and what was published must be accounted for. What the steps do
is in the modules beside this one; this one knows their order, and that nothing keeps running when
one of them fails.
"""

import json
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from automation import engine as engines
from automation.errors import ROOT, UserError
from automation.progress import telling
from automation.session import Session, open_stack
from functions.producer.visits import Plan, Truth
from jobs.order_file.plan import Settings, plan_for
from jobs.order_file.results import Loaded
from local import accounts, arrival, emulator, leftovers, publish, questions, spark, summary
from local.access import Access
from local.gathered import Gathered, facts, summarised
from local.shop_database import batch
from local.steps import Show, Steps
from warehouse.build import BuildResult, S3Access, build

STACK = "local"
OUT = ROOT / "out" / "demo"
# The database of gold and the emulator's copies of what Athena reads are the bulk of it.
FREE_BYTES = 500_000_000
SPARK_LINES = 50_000
NO_VISITS = Truth(published=0, distinct=0, duplicates=0, broken=0, orders=0, returns=0, units=0)

FILE_FACTS = """
select currency, count(*) as lines, cast(sum(quantity) as bigint) as units, sum(amount) as revenue
from fct_sales group by currency
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """`input_file`: an order file to bring in besides, or, with `events` 0, instead of visits."""

    events: int
    seed: int
    input_file: Path | None = None
    date_format: str | None = None
    keep: bool = False
    auth: bool = False
    port: int = emulator.PORT


def run(options: Options, console: Console) -> summary.Summary:
    """Run the demo; raises `UserError` saying what broke and where to look."""
    steps = Steps(console=console)
    _check_room()
    if options.input_file is not None:  # a file that cannot be read is told before anything starts
        plan_for(options.input_file, _file_settings(options))
    with steps.step("engine", "Finding the Pulumi engine") as show:
        engine = engines.find(show)
    steps.note(f"pulumi {engine.version} from {engine.source}")
    for closed in engine.notes:
        steps.note(f"not from {closed}")

    with ExitStack() as tidy:
        with steps.step("emulator", "Starting the AWS emulator"):
            running = _fresh_emulator(options)
        if not options.keep:
            tidy.callback(emulator.stop, running)
        else:
            tidy.enter_context(_stopped_on_failure(running))
        try:
            with open_stack(STACK, engine, emulator_url=running.url) as session:
                return _within(options, session, engine, running, steps)
        except BaseException as error:
            # The engine, dbt and the emulator all write there, and each says it in its own way.
            if "no space left on device" in str(error).lower():
                raise UserError(
                    "the disk of .local/ is full: make room and run the same command again"
                ) from error
            if isinstance(error, Exception) and not running.alive():
                raise UserError(
                    "the emulator died in the middle; its last words are in .local/emulator.log. "
                    "Nothing is kept: run the same command again"
                ) from error
            raise


def _within(
    options: Options,
    session: Session,
    engine: engines.Engine,
    running: emulator.Emulator,
    steps: Steps,
) -> summary.Summary:
    with steps.step("up", f"Deploying the stack {STACK}") as show:
        deployed = session.up(telling(show))
    steps.note(
        f"{sum(deployed.created_types.values())} resources of {len(deployed.created_types)} types; "
        f"simulated: {', '.join(sorted(session.simulated)) or 'none'}"
    )
    root = Access(endpoint=running.url)
    gathered = _gather(options, root, deployed.outputs, running, steps)
    result = summarised(engine, deployed, session, gathered, steps.seconds)
    _report(result, gathered, steps)
    if options.keep:
        _remember(deployed.outputs, running)
    else:
        with steps.step("destroy", f"Destroying the stack {STACK}") as show:
            session.destroy(telling(show))
        _prove_empty(root, steps)
    result["seconds"] = dict(steps.seconds)
    summary.write(result, OUT / "summary.json")
    return result


def _gather(
    options: Options,
    root: Access,
    outputs: dict[str, Any],
    running: emulator.Emulator,
    steps: Steps,
) -> Gathered:
    transform = root.under(outputs["transform_role_arn"])
    analyst = root.under(outputs["analyst_role_arn"])
    truth, loaded, replayed = NO_VISITS, None, 0

    if options.input_file is not None:
        with steps.step("file", f"Loading {options.input_file.name}") as show:
            loaded, replayed = publish.order_file(
                transform,
                outputs,
                options.input_file,
                _file_settings(options),
                show,
            )
        for notice in loaded.plan.notices:
            steps.note(notice)
    if options.events:
        with steps.step("publish", f"Publishing {options.events:,} events") as show:
            plan = Plan(events=options.events, seed=options.seed)
            truth = publish.generated(root, outputs, plan, show)

    with steps.step("arrival", "Waiting for them in bronze and silver") as show:
        published = truth.published + replayed
        arrived = arrival.wait(root, outputs, published, show=show, alive=running.alive)
    steps.note(f"{arrived}, {arrived.duplicates:,} duplicates")
    _all_agree(accounts.events(arrived, truth, replayed))

    with steps.step("shop", "Copying a shop database, its changes too, to silver") as show:
        shop = batch.run(root, transform, outputs, show=show)
    steps.note(str(shop))

    with steps.step("spark", "Making silver again with Spark") as show:
        compared = _on_spark(root, outputs, loaded, options, show)
    steps.note(compared)

    with steps.step("gold", "Building gold with dbt") as show:
        built = _build_gold(transform, outputs, show)
    with steps.step("questions", "Asking Athena") as show:
        results = questions.ask_all(root, analyst, outputs, show)
        sold = questions.ask(
            root, analyst, outputs, FILE_FACTS, name="file", title="Facts by currency"
        )
    _all_agree(accounts.generated_sales(truth, results))
    if loaded is not None and options.input_file is not None:
        _all_agree(accounts.order_file(options.input_file, loaded, sold))
    return Gathered(
        published=published,
        arrived=arrived,
        loaded=loaded,
        shop=shop,
        built=built,
        results=results,
    )


def _on_spark(
    root: Access, outputs: dict[str, Any], loaded: Loaded | None, options: Options, show: Show
) -> str:
    """What the batch jobs on Spark made of the same sources, or why they did not run."""
    # The job finds the date format by itself, and a large file proves no more than a small one.
    small = loaded is not None and loaded.lines <= SPARK_LINES and options.date_format is None
    try:
        return spark.compare(
            root,
            outputs,
            order_file=loaded.source_file if loaded is not None and small else None,
            log=emulator.HOME / "spark.log",
            show=show,
        )
    except spark.NoSpark as missing:
        return f"Spark was not run: {missing}"


def _build_gold(transform: Access, outputs: dict[str, Any], show: Show) -> BuildResult:
    def tell(name: str, status: str) -> None:
        show(f"{name} {status}")

    return build(
        f"s3://{outputs['silver_bucket']}",
        f"s3://{outputs['gold_bucket']}",
        emulator.HOME / "warehouse.duckdb",
        S3Access(
            key=transform.key,
            secret=transform.secret,
            token=transform.token,
            region=transform.region,
            endpoint=transform.endpoint,
        ),
        on_event=tell,
    )


def _report(result: summary.Summary, gathered: Gathered, steps: Steps) -> None:
    from report.html import write_html
    from report.png import write_pngs
    from report.tables import print_tables

    print_tables(steps.console, gathered.results)
    with steps.step("report", "Drawing the report"):
        write_html(OUT / "report.html", gathered.results, facts(result))
        pictures = write_pngs(OUT, gathered.results)
    steps.note(f"out/demo/report.html and {len(pictures)} pictures beside it")


def _prove_empty(root: Access, steps: Steps) -> None:
    with steps.step("proof", "Looking for anything left in the emulator"):
        found = leftovers.look(root)
    steps.note("; ".join(f"{kind} {len(names)}" for kind, names in found.items()))
    left = {kind: names for kind, names in found.items() if names}
    if left:
        raise UserError(f"destroy left something behind: {left}")


def _all_agree(differences: list[str]) -> None:
    if differences:
        raise UserError("the books do not balance:\n  " + "\n  ".join(differences))


def _file_settings(options: Options) -> Settings:
    return Settings(date_format=options.date_format)


def _check_room() -> None:
    emulator.HOME.mkdir(exist_ok=True)
    OUT.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(emulator.HOME).free
    if free < FREE_BYTES:
        raise UserError(
            f"the disk of .local/ has {free // 1_000_000:,} MB free, the demo needs "
            f"{FREE_BYTES // 1_000_000:,}: make room, or move the repository to another disk"
        )


def _fresh_emulator(options: Options) -> emulator.Emulator:
    """A new emulator, and nothing that remembers an old one: its state goes with it."""
    if (left := emulator.running()) is not None:
        if (emulator.HOME / "kept.json").exists():
            raise UserError(
                f"a kept demo is still running on port {left.port}: look at it, or end it with "
                "`make demo-down`"
            )
        emulator.stop(left)  # an interrupted run that could not tidy up
    for remembered in ("state", "project", "kept.json", "warehouse.duckdb"):
        path = emulator.HOME / remembered
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return emulator.start(port=options.port, auth=options.auth)


def _remember(outputs: dict[str, Any], running: emulator.Emulator) -> None:
    (emulator.HOME / "kept.json").write_text(json.dumps({"url": running.url, "outputs": outputs}))


@contextmanager
def _stopped_on_failure(running: emulator.Emulator) -> Generator[None]:
    try:
        yield
    except BaseException:
        emulator.stop(running)
        raise
