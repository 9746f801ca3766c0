"""Streams and functions, against amounts worked out by hand from the price book of eu-west-1."""

from decimal import Decimal
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.cost.model import Context
from automation.cost.rules import RULES
from automation.cost.rules.streams import DELIVERY, MAPPING, STREAM, rounded
from automation.cost.usage import NoUsageError
from tests.cost.made import resource

FUNCTION = "aws:lambda/function:Function"
SCHEDULE = "aws:scheduler/schedule:Schedule"
DAYS = Decimal(730) / 24


def about(amount) -> object:
    return pytest.approx(float(amount), rel=1e-9)


def provisioned(shards: int, hours: int = 24):
    mode = {"streamMode": "PROVISIONED"}
    return resource(STREAM, streamModeDetails=mode, shardCount=shards, retentionPeriod=hours)


def on_demand(hours: int = 24):
    return resource(STREAM, streamModeDetails={"streamMode": "ON_DEMAND"}, retentionPeriod=hours)


def test_two_shards_cost_two_times_730_hours(priced, events):
    lines = priced(provisioned(2), use=events(1_000_000, 400, 50))
    assert lines["shards"] == Decimal("24.82")  # 2 x 730 x 0.017
    # 20,000 bytes are one put unit: 1,000,000 x 730/24 / 50 x 0.0000000165
    assert float(lines["records put"]) == about(20_000 * DAYS * Decimal("0.0000000165"))
    assert set(lines) == {"shards", "records put"}


def test_a_record_above_25_kb_is_two_units(priced, events):
    one, two = (
        priced(provisioned(1), use=events(1000, size, 1))["records put"]
        for size in (25_600, 25_601)
    )
    assert two == 2 * one


def test_a_shard_that_keeps_two_days_costs_more_and_one_that_keeps_ten_still_more(priced):
    assert "retention beyond a day" not in priced(provisioned(1, 24))
    two = priced(provisioned(1, 48))
    assert two["retention beyond a day"] == Decimal("16.79")  # 730 x 0.023
    assert "retention beyond a week" not in two
    ten = priced(provisioned(1, 240))
    gb = 10_000_000 * 438 / 2**30
    assert float(ten["retention beyond a week"]) == about(gb * 3 * 0.026)


def test_on_demand_bills_whole_kilobytes_in_and_out_for_each_reader(priced, events):
    use = events(1_000_000, 1500, 1)  # billed as 2 KB
    readers = (resource(DELIVERY), resource(MAPPING, startingPosition="LATEST"))
    lines = priced(on_demand(), *readers, resource(MAPPING, name="of-a-queue"), use=use)
    gb = 1_000_000 * DAYS * 2048 / 2**30
    assert lines["stream"] == Decimal("32.85")
    assert float(lines["data put"]) == about(gb * Decimal("0.09"))
    assert float(lines["data read by 2"]) == about(gb * 2 * Decimal("0.045"))


def test_firehose_rounds_a_record_up_to_5_kb(priced, events):
    config = {"bufferingInterval": 60, "bufferingSize": 128}
    delivery = resource(DELIVERY, extendedS3Configuration=config)
    single = priced(delivery, use=events(1_000_000, 438, 1))
    joined = priced(delivery, use=events(1_000_000, 438, 11))
    gb = 1_000_000 * DAYS * 5120 / 2**30
    assert float(single["records delivered"]) == about(gb * Decimal("0.031"))
    # 11 events of 438 bytes fit into 5 KB: eleven times less, as the requirements say.
    assert float(joined["records delivered"]) == about(single["records delivered"] / 11)


def test_firehose_writes_by_time_or_by_size_and_never_more_objects_than_records(priced, events):
    def objects(per_day, size, **config):
        delivery = resource(DELIVERY, extendedS3Configuration=config)
        lines = priced(delivery, use=events(per_day, size, 1))
        return float(lines["objects written"] / Decimal("0.000005"))

    slow = {"bufferingInterval": 60, "bufferingSize": 64}
    assert objects(1_000_000, 438, **slow) == about(43_800)  # 730 x 60 minutes
    assert objects(100, 438, **slow) == about(100 * DAYS)
    megabytes = 10_000_000 * DAYS * 1_000_000 / 2**20
    assert objects(10_000_000, 1_000_000, **slow) == about(megabytes / 64)


def consumer(window: int, parallel: int = 1):
    return (
        resource(FUNCTION, "consumer-function", memorySize=1024, architectures=["arm64"]),
        resource(
            MAPPING,
            batchSize=500,
            startingPosition="LATEST",
            maximumBatchingWindowInSeconds=window,
            parallelizationFactor=parallel,
        ),
    )


def test_the_consumer_runs_once_a_window_and_shard(priced):
    lines = priced(*consumer(30, parallel=4), on_demand())
    runs = 4 * 4 * 730 * 3600 / 30  # shards x batches at once x windows
    assert float(lines["runs"]) == about(Decimal(runs) * Decimal("0.0000002"))
    assert float(lines["objects written"]) == about(Decimal(runs) * Decimal("0.000005"))
    seconds = Decimal(runs) * Decimal("0.040") + 10_000_000 * DAYS * Decimal("0.000018")
    assert float(lines["time on arm64"]) == about(seconds * Decimal("0.0000133334"))


def test_a_flood_of_events_fills_batches_before_the_window_ends(priced, events):
    lines = priced(*consumer(300), provisioned(1), use=events(100_000_000, 438, 1))
    assert float(lines["runs"]) == about(100_000_000 * DAYS / 500 * Decimal("0.0000002"))


def test_a_scheduled_function_runs_as_often_as_its_schedule(priced):
    function = resource(FUNCTION, "producer-function", memorySize=512)
    every_minute = resource(SCHEDULE, scheduleExpression="rate(1 minute)")
    lines = priced(function, every_minute)
    assert float(lines["runs"]) == about(43_800 * Decimal("0.0000002"))
    seconds = 43_800 * Decimal("0.8")
    assert float(lines["time on x86_64"]) == about(
        seconds * Decimal("0.5") * Decimal("0.0000166667")
    )
    assert priced(every_minute) == {"invocations": 43_800 * Decimal("0.000001")}


def test_a_schedule_of_another_component_calls_nobody_here(priced, assumed):
    function = resource(FUNCTION, "producer-function", memorySize=512)
    elsewhere = resource(SCHEDULE, parent="another", scheduleExpression="rate(1 minute)")
    with pytest.raises(NoUsageError, match=r"usage/prod\.yaml does not say how often it runs"):
        priced(function, elsewhere)


def test_a_function_that_is_in_no_usage_file_is_not_free(book, assumed):
    nobody = assumed.model_copy(update={"functions": {}})
    context = Context(book=book, usage=nobody, resources=())
    with pytest.raises(NoUsageError, match=r"functions\.new` nor `functions\.default"):
        RULES[FUNCTION](resource(FUNCTION, "new"), context)


@given(st.integers(1, 10**7), st.integers(1, 10**5))
def test_a_size_is_rounded_up_to_the_next_whole_unit(size, unit):
    assert rounded(Decimal(size), Decimal(unit)) == ceil(size / unit) * unit
