"""The Spark jobs get their scripts, run under a narrow role, start every night, and fail aloud."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from components.batch_config import BatchEtlSection
from components.batch_etl import BatchEtl
from components.encryption import Keys, Protection
from components.lakehouse import Lakehouse, LakehouseConfig
from components.naming import Site
from tests.graph import Graph, record

SITE = Site(prefix="shop", env="test", account_id="123456789012", region="eu-west-1")
KEYS = Keys(data="arn:key/data", logs="arn:key/logs", secrets="arn:key/secrets")
PROTECTION = Protection(key_arn=KEYS.data, account_id=SITE.account_id)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-test-spark:emr-7.9.0"
GLUE = {"engine": "glue"}
EMR = {"engine": "emr_serverless", "image": IMAGE}
SCRIPTS = {"crm_etl", "order_etl", "cdc_etl"}

JOB = "aws:glue/job:Job"
TRIGGER = "aws:glue/trigger:Trigger"
CRAWLER = "aws:glue/crawler:Crawler"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
POLICY = "aws:iam/rolePolicy:RolePolicy"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
RULE = "aws:cloudwatch/eventRule:EventRule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
APPLICATION = "aws:emrserverless/application:Application"
SCHEDULE = "aws:scheduler/schedule:Schedule"


def section(**values: Any) -> Any:
    return TypeAdapter(BatchEtlSection).validate_python({"enabled": True, "spark": GLUE, **values})


def made(config: Any) -> Graph:
    def program() -> None:
        lake = Lakehouse("lake", LakehouseConfig(retain=False), site=SITE, protection=PROTECTION)
        BatchEtl(
            "batch",
            config,
            site=SITE,
            lake=lake,
            keys=KEYS,
            protection=PROTECTION,
            alarm_actions=[TOPIC],
        )

    return record(program)


@pytest.fixture(scope="module")
def glue() -> Graph:
    return made(section())


@pytest.fixture(scope="module")
def emr() -> Graph:
    return made(section(spark=EMR))


def statements(graph: Graph, name: str) -> dict[str, dict]:
    policy = json.loads(graph.named(f"{name}-policy", POLICY).inputs["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def test_each_script_is_a_glue_job_as_the_guide_asks_for(glue: Graph):
    jobs = list(glue.of(JOB))
    assert {job.inputs["name"] for job in jobs} == {
        "shop-test-crm-etl",
        "shop-test-order-etl",
        "shop-test-cdc-etl",
    }
    for job in jobs:
        assert job.inputs["command"]["name"] == "glueetl"
        assert job.inputs["glueVersion"] == "5.0"
        assert (job.inputs["maxRetries"], job.inputs["timeout"]) == (1, 2880)
        assert job.inputs["defaultArguments"]["--job-bookmark-option"] == "job-bookmark-enable"
        assert job.inputs["executionProperty"] == {"maxConcurrentRuns": 1}


def test_a_job_runs_the_script_and_the_code_that_the_program_delivers(glue: Graph):
    delivered = {node.inputs["key"] for node in glue.of(OBJECT)}
    assert delivered == {f"scripts/{job}.py" for job in SCRIPTS} | {"code/shoptrend.zip"}
    for job in glue.of(JOB):
        bucket, _, key = job.inputs["command"]["scriptLocation"][len("s3://") :].partition("/")
        assert bucket == "shop-test-batch-scripts"
        assert key in delivered
        assert job.inputs["defaultArguments"]["--extra-py-files"].endswith("code/shoptrend.zip")
        assert glue.reaches(job, OBJECT)


def test_a_job_is_told_where_data_lie_and_takes_the_day_before(glue: Graph):
    for job in glue.of(JOB):
        arguments = job.inputs["defaultArguments"]
        assert arguments["--bronze"] == "shop-test-bronze"
        assert arguments["--silver"] == "shop-test-silver"
        assert arguments["--day"] == "yesterday"


def test_one_trigger_starts_all_jobs_at_two(glue: Graph):
    trigger = glue.only(TRIGGER)
    assert trigger.inputs["schedule"] == "cron(0 2 * * ? *)"
    assert trigger.inputs["type"] == "SCHEDULED"
    started = {action["jobName"] for action in trigger.inputs["actions"]}
    assert started == {job.inputs["name"] for job in glue.of(JOB)}


def test_without_a_schedule_nothing_starts_by_itself():
    assert not list(made(section(schedule=None)).of(TRIGGER))
    assert not list(made(section(spark=EMR, schedule=None)).of(SCHEDULE))


def test_logs_and_bookmarks_lie_under_our_keys(glue: Graph):
    (security,) = (
        node
        for node in glue.of("aws:glue/securityConfiguration:SecurityConfiguration")
        if node.name == "batch-security"
    )
    encryption = security.inputs["encryptionConfiguration"]
    assert encryption["cloudwatchEncryption"]["kmsKeyArn"] == KEYS.logs
    assert encryption["jobBookmarksEncryption"]["kmsKeyArn"] == KEYS.data
    assert encryption["s3Encryption"]["kmsKeyArn"] == KEYS.data
    groups = {node.inputs["name"]: node.inputs for node in glue.of(LOG_GROUP)}
    for job in glue.of(JOB):
        assert job.inputs["securityConfiguration"] == security.inputs["name"]
        prefix = job.inputs["defaultArguments"]["--custom-logGroup-prefix"]
        for kind in ("error", "output"):
            assert groups[f"{prefix}/{kind}"]["retentionInDays"] == 30
            assert groups[f"{prefix}/{kind}"]["kmsKeyId"] == KEYS.logs


@pytest.mark.parametrize("engine", ["glue", "emr"])
def test_a_role_may_touch_what_the_jobs_write_and_nothing_of_gold(engine, request):
    graph = request.getfixturevalue(engine)
    found = statements(graph, "batch-role")
    for statement in found.values():
        assert "*" not in statement["Resource"]
        assert not any("*" in action for action in statement["Action"])
    arns = [arn for one in found.values() for arn in one["Resource"]]
    gold = graph.named("lake-gold", "aws:s3/bucket:Bucket").arn
    bronze = graph.named("lake-bronze", "aws:s3/bucket:Bucket").arn
    assert not any(arn.startswith(gold) for arn in arns)
    written = found["WriteBronze"]["Resource"] + found["DeleteBronze"]["Resource"]
    assert {arn.removeprefix(f"{bronze}/") for arn in written} == {
        "quarantine/order_lines/*",
        "quarantine/cdc/*",
    }


def test_the_crawler_looks_at_the_crm_and_writes_to_a_database_of_its_own(glue: Graph):
    crawler = glue.only(CRAWLER)
    (target,) = crawler.inputs["s3Targets"]
    assert target["path"] == "s3://shop-test-bronze/crm/"
    assert crawler.inputs["databaseName"] == "shop_test_crm_observed"
    for sid, statement in statements(glue, "batch-crm-role").items():
        assert not any(action.startswith(("s3:Put", "s3:Del")) for action in statement["Action"])
        if sid == "WriteObserved":
            tables = [arn for arn in statement["Resource"] if ":table/" in arn]
            assert tables == ["arn:aws:glue:eu-west-1:123456789012:table/shop_test_crm_observed/*"]


def test_a_failed_run_of_any_job_raises_the_alarm(glue: Graph):
    rule = glue.only(RULE)
    pattern = json.loads(rule.inputs["eventPattern"])
    assert set(pattern["detail"]["jobName"]) == {job.inputs["name"] for job in glue.of(JOB)}
    assert {"FAILED", "TIMEOUT"} <= set(pattern["detail"]["state"])
    alarm = glue.only(ALARM)
    assert alarm.inputs["dimensions"] == {"RuleName": rule.inputs["name"]}
    assert alarm.inputs["alarmActions"] == [TOPIC]


def test_what_failed_is_kept_where_the_alarm_says(glue: Graph):
    (kept,) = (n for n in glue.of(LOG_GROUP) if n.inputs["name"].startswith("/aws/events/"))
    target = glue.only("aws:cloudwatch/eventTarget:EventTarget")
    assert target.inputs["arn"] == kept.arn
    assert glue.reaches(target, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    assert kept.inputs["name"] in glue.only(ALARM).inputs["alarmDescription"]


def test_emr_serverless_runs_the_same_scripts_with_the_same_arguments(emr: Graph, glue: Graph):
    assert not list(emr.of(JOB))
    assert not list(emr.of(TRIGGER))
    script = {
        job.inputs["command"]["scriptLocation"]: job.inputs["defaultArguments"]
        for job in glue.of(JOB)
    }
    schedules = list(emr.of(SCHEDULE))
    assert len(schedules) == len(SCRIPTS)
    for schedule in schedules:
        assert schedule.inputs["scheduleExpression"] == "cron(0 2 * * ? *)"
        given = json.loads(schedule.inputs["target"]["input"])
        driver = given["JobDriver"]["SparkSubmit"]
        names, values = driver["EntryPointArguments"][::2], driver["EntryPointArguments"][1::2]
        arguments = script[driver["EntryPoint"]]
        assert dict(zip(names, values, strict=True)) == {name: arguments[name] for name in names}
        assert set(names) == {"--bronze", "--silver", "--day"}
        assert arguments["--extra-py-files"] in driver["SparkSubmitParameters"]
        assert given["RetryPolicy"] == {"MaxAttempts": 2}
        assert given["ExecutionTimeoutMinutes"] == 2880
        assert schedule.inputs["target"]["deadLetterConfig"]["arn"]


def test_an_application_stops_when_idle_and_has_a_ceiling(emr: Graph):
    application = emr.only(APPLICATION)
    assert application.inputs["autoStopConfiguration"] == {
        "enabled": True,
        "idleTimeoutMinutes": 15,
    }
    assert application.inputs["maximumCapacity"] == {"cpu": "16 vCPU", "memory": "64 GB"}
    assert application.inputs["imageConfiguration"] == {"imageUri": IMAGE}
    pattern = json.loads(emr.only(RULE).inputs["eventPattern"])
    assert pattern["source"] == ["aws.emr-serverless"]
    assert pattern["detail"]["state"] == ["FAILED"]


def test_the_scheduler_may_start_runs_of_one_application_under_one_role(emr: Graph):
    found = statements(emr, "batch-schedule-role")
    assert found["Start"]["Action"] == ["emr-serverless:StartJobRun"]
    assert found["HandOver"]["Resource"] == [emr.named("batch-role", "aws:iam/role:Role").arn]
    condition = found["HandOver"]["Condition"]["StringEquals"]
    assert condition == {"iam:PassedToService": "emr-serverless.amazonaws.com"}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"spark": {"engine": "glue", "version": "4.0"}}, "Glue 4.0 has 3.10"),
        ({"spark": {"engine": "glue", "workers": 1}}, "greater than or equal to 2"),
        ({"spark": {"engine": "glue", "python_modules": ["msgspec"]}}, "name==version"),
        ({"spark": {**EMR, "release": "emr-7.0.0"}}, "from emr-7.1.0 on"),
        ({"spark": {**EMR, "image": "spark:latest"}}, "should match pattern"),
        ({"timeout_minutes": 20_000}, "less than or equal to 10080"),
        ({"schedule": "0 2 * * *"}, "should match pattern"),
        ({"worker": 3}, "Extra inputs"),
    ],
)
def test_what_cannot_run_is_refused_with_the_way_out(values, sentence):
    with pytest.raises(ValidationError, match=sentence):
        section(**values)


def test_a_stack_without_batch_jobs_says_so():
    assert not TypeAdapter(BatchEtlSection).validate_python({"enabled": False}).enabled
