"""Buckets by what comes in, their age and their lifecycle, worked out by hand."""

from decimal import Decimal

import pytest

from automation.cost.model import Context, NotKnownError
from automation.cost.rules.storage import Lifecycle, stored
from automation.cost.usage_sections import BucketUse
from tests.cost.made import resource

DAYS = Decimal(730) / 24
BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"


def use(**values) -> BucketUse:
    plain = {"gb_per_month": 100, "months": 12, "objects_per_gb": 10, "reads_per_month": 0}
    return BucketUse.model_validate(
        {key: {"value": value, "source": "a test"} for key, value in (plain | values).items()}
    )


@pytest.fixture
def kept(book, assumed):
    def amounts(rules: Lifecycle, **values) -> dict[str, float]:
        context = Context(book=book, usage=assumed, resources=())
        lines = stored("one", use(**values), rules, context)
        return {line.what: float(line.usd) for line in lines}

    return amounts


def about(amount) -> object:
    return pytest.approx(float(amount), rel=1e-9)


def test_without_a_lifecycle_all_of_it_stays_in_the_standard_class(kept):
    assert kept(Lifecycle()) == {"storage, standard": about(1200 * 0.023), "reads": 0}


def test_what_is_older_than_its_hot_days_lies_in_glacier(kept):
    found = kept(Lifecycle(moves=((Decimal(90), "GLACIER"),)))
    hot = 100 * 90 / DAYS
    assert found["storage, standard"] == about(hot * Decimal("0.023"))
    assert found["storage, GLACIER"] == about((1200 - hot) * Decimal("0.0036"))
    assert found["moved to GLACIER"] == about(1000 * 0.00003)  # a month's objects, once each


def test_what_expires_is_not_kept(kept):
    found = kept(Lifecycle(expires=DAYS * 2))
    assert found["storage, standard"] == about(200 * 0.023)
    younger = kept(Lifecycle(expires=Decimal(365)), months=1)
    assert younger["storage, standard"] == about(100 * 0.023)


def test_what_expires_before_it_would_move_never_moves(kept):
    found = kept(Lifecycle(moves=((Decimal(90), "GLACIER"),), expires=Decimal(30)))
    assert set(found) == {"storage, standard", "reads"}


def test_tiered_storage_cools_with_the_days_it_is_not_read(kept):
    rules = Lifecycle(moves=((Decimal(0), "INTELLIGENT_TIERING"),))
    found = kept(rules, reread_percent=0)
    assert found["storage, tiered frequent"] == about(100 * 30 / DAYS * Decimal("0.023"))
    assert found["storage, tiered infrequent"] == about(100 * 60 / DAYS * Decimal("0.0125"))
    assert found["storage, tiered instant"] == about((1200 - 100 * 90 / DAYS) * Decimal("0.004"))
    assert found["objects watched"] == about(12_000 * 0.0000025)
    hot = kept(rules, reread_percent=100)
    assert hot["storage, tiered frequent"] == about(1200 * 0.023)
    assert "storage, tiered instant" not in hot


def test_objects_below_128_kb_are_not_moved(kept):
    rules = Lifecycle(moves=((Decimal(0), "INTELLIGENT_TIERING"),))
    assert "storage, standard" not in kept(rules, objects_per_gb=8192)
    small = kept(rules, objects_per_gb=8193)
    assert small == {"storage, standard": about(1200 * 0.023), "reads": 0}


def test_old_versions_cost_while_they_are_kept_and_only_where_there_are_any(kept):
    rules = Lifecycle(versioned=True, noncurrent_days=DAYS)
    assert kept(rules, replaced_gb_per_month=50)["old versions"] == about(50 * 0.023)
    assert "old versions" not in kept(Lifecycle(), replaced_gb_per_month=50)


def test_the_lifecycle_is_that_of_the_bucket_beside_it(priced):
    def lifecycle(name, parent="component", **rule):
        rules = [{"status": "Enabled", "filter": {"prefix": ""}} | rule]
        return resource(LIFECYCLE, name, parent, rules=rules)

    one = resource(BUCKET, "lake-access-logs")  # 5 GB a month for a year
    gone = {"days": 30}
    assert float(priced(one)["storage, standard"]) == about(60 * 0.023)
    month = about(5 * 30 / DAYS * Decimal("0.023"))
    own = lifecycle("lake-access-logs-lifecycle", expiration=gone)
    assert float(priced(one, own)["storage, standard"]) == month
    for other in (
        lifecycle("lake-access-logs-lifecycle", "another", expiration=gone),
        lifecycle("another-lifecycle", expiration=gone),
        lifecycle("lake-access-logs-lifecycle", expiration=gone, status="Disabled"),
        lifecycle("lake-access-logs-lifecycle", expiration=gone, filter={"prefix": "tmp/"}),
    ):
        assert float(priced(one, other)["storage, standard"]) == about(60 * 0.023)


def test_versions_are_kept_only_where_versioning_is_on(priced):
    one = resource(BUCKET, "lake-gold")
    for status, there in (("Enabled", True), ("Suspended", False)):
        beside = resource(
            VERSIONING, "lake-gold-versioning", versioningConfiguration={"status": status}
        )
        assert ("old versions" in priced(one, beside)) is there


def test_a_replica_pays_for_the_way_of_what_comes_in(priced):
    rule = resource(
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig", "copy", bucket="shop-logs"
    )
    source = resource(BUCKET, "lake-access-logs", bucket="shop-logs")  # 5 GB a month
    assert priced(rule, source) == {"sent to another region": Decimal("0.10")}
    with pytest.raises(NotKnownError, match="no bucket of the stack is called"):
        priced(rule)


def test_a_fast_disk_costs_for_what_is_above_its_share(priced):
    plain = resource("aws:ebs/volume:Volume", type="gp3", size=100)
    assert priced(plain) == {"disk gp3": Decimal("8.800")}
    fast = resource("aws:ebs/volume:Volume", type="gp3", size=100, iops=4000, throughput=225)
    assert priced(fast) == {
        "disk gp3": Decimal("8.800"),
        "IOPS": Decimal("5.5000"),
        "throughput": Decimal("4.400"),
    }
