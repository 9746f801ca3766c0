"""The rules for resources that only some stacks have: databases, warehouses, clusters, networks.

Each small program keeps every rule; each case breaks one of them.
"""

import base64
from dataclasses import replace

import pulumi
import pulumi_aws as aws
import pytest

from tests.graph import record
from tests.policies.bench import GONE, bench, broken

KEY = "arn:aws:kms:eu-west-1:333333333333:key/1"


def database():
    aws.rds.Instance(
        "db",
        instance_class="db.t4g.small",
        storage_encrypted=True,
        kms_key_id=KEY,
        publicly_accessible=False,
        deletion_protection=True,
        backup_retention_period=14,
        manage_master_user_password=True,
        opts=pulumi.ResourceOptions(protect=True),
    )
    aws.dynamodb.Table(
        "lease",
        attributes=[{"name": "id", "type": "S"}],
        hash_key="id",
        deletion_protection_enabled=True,
        point_in_time_recovery={"enabled": True},
        server_side_encryption={"enabled": True, "kms_key_arn": KEY},
        opts=pulumi.ResourceOptions(protect=True),
    )
    aws.secretsmanager.Secret("secret", kms_key_id=KEY)
    aws.dms.ReplicationInstance(
        "copier",
        replication_instance_class="dms.t3.small",
        replication_instance_id="copier",
        kms_key_arn=KEY,
        publicly_accessible=False,
    )
    aws.dms.Endpoint(
        "source",
        endpoint_id="source",
        endpoint_type="source",
        engine_name="postgres",
        secrets_manager_arn="arn:aws:secretsmanager:eu-west-1:333333333333:secret:x",
    )
    aws.glue.Job(
        "job",
        role_arn="arn:aws:iam::333333333333:role/job",
        command={"script_location": "s3://b/job.py"},
        security_configuration="ours",
        default_arguments={
            "--secret_arn": "arn:aws:secretsmanager:eu-west-1:333333333333:secret:x"
        },
    )


DATABASE = [
    ("encrypted-at-rest", "db", "aws:rds/instance:Instance", "storageEncrypted", False),
    ("customer-managed-keys", "db", "aws:rds/instance:Instance", "kmsKeyId", GONE),
    ("no-public-endpoints", "db", "aws:rds/instance:Instance", "publiclyAccessible", True),
    ("deletion-protection", "db", "aws:rds/instance:Instance", "deletionProtection", False),
    ("no-data-loss-switches", "db", "aws:rds/instance:Instance", "skipFinalSnapshot", True),
    ("backups", "db", "aws:rds/instance:Instance", "backupRetentionPeriod", 7),
    ("backups", "db", "aws:rds/instance:Instance", "backupRetentionPeriod", GONE),
    ("no-plaintext-secrets", "db", "aws:rds/instance:Instance", "password", "hunter2"),
    ("allowed-regions", "db", "aws:rds/instance:Instance", "region", "us-east-1"),
    ("deletion-protection", "lease", "aws:dynamodb/table:Table", "deletionProtectionEnabled", GONE),
    ("deletion-protection", "lease", "aws:dynamodb/table:Table", "protect", False),
    ("backups", "lease", "aws:dynamodb/table:Table", "pointInTimeRecovery", GONE),
    ("customer-managed-keys", "lease", "aws:dynamodb/table:Table", "serverSideEncryption", GONE),
    (
        "no-data-loss-switches",
        "secret",
        "aws:secretsmanager/secret:Secret",
        "recoveryWindowInDays",
        0,
    ),
    ("customer-managed-keys", "secret", "aws:secretsmanager/secret:Secret", "kmsKeyId", GONE),
    # DMS is public unless told otherwise.
    (
        "no-public-endpoints",
        "copier",
        "aws:dms/replicationInstance:ReplicationInstance",
        "publiclyAccessible",
        GONE,
    ),
    ("no-plaintext-secrets", "source", "aws:dms/endpoint:Endpoint", "password", "hunter2"),
    ("no-plaintext-secrets", "job", "aws:glue/job:Job", "defaultArguments.--password", "hunter2"),
    ("encrypted-at-rest", "job", "aws:glue/job:Job", "securityConfiguration", GONE),
]


def warehouse():
    aws.redshiftserverless.Namespace(
        "space",
        namespace_name="shop",
        kms_key_id=KEY,
        manage_admin_password=True,
        opts=pulumi.ResourceOptions(protect=True),
    )
    aws.redshiftserverless.Workgroup(
        "group",
        namespace_name="shop",
        workgroup_name="shop",
        publicly_accessible=False,
        enhanced_vpc_routing=True,
    )


SPACE = "aws:redshiftserverless/namespace:Namespace"
GROUP = "aws:redshiftserverless/workgroup:Workgroup"
WAREHOUSE = [
    ("customer-managed-keys", "space", SPACE, "kmsKeyId", "alias/aws/redshift"),
    ("deletion-protection", "space", SPACE, "protect", False),
    ("no-plaintext-secrets", "space", SPACE, "adminUserPassword", "hunter2"),
    ("no-public-endpoints", "group", GROUP, "publiclyAccessible", True),
    ("private-path-to-aws", "group", GROUP, "enhancedVpcRouting", GONE),
]


def cluster():
    aws.eks.Cluster(
        "cluster",
        role_arn="arn:aws:iam::333333333333:role/cluster",
        vpc_config={
            "subnet_ids": ["subnet-1"],
            "endpoint_public_access": True,
            "public_access_cidrs": ["203.0.113.0/24"],
        },
        encryption_config={"resources": ["secrets"], "provider": {"key_arn": KEY}},
        enabled_cluster_log_types=["api", "audit", "authenticator"],
    )
    aws.ec2.LaunchTemplate(
        "nodes",
        metadata_options={"http_tokens": "required"},
        user_data=base64.b64encode(b"#!/bin/sh\necho hello\n").decode(),
    )
    aws.lambda_.FunctionUrl("hook", function_name="hook", authorization_type="AWS_IAM")


CLUSTER = "aws:eks/cluster:Cluster"
NODES = "aws:ec2/launchTemplate:LaunchTemplate"
LEAK = base64.b64encode(b"export KEY=AKIAIOSFODNN7EXAMPLE\n").decode()
CLUSTERS = [
    # EKS answers everyone unless told otherwise.
    ("no-public-endpoints", "cluster", CLUSTER, "vpcConfig.publicAccessCidrs", GONE),
    ("no-public-endpoints", "cluster", CLUSTER, "vpcConfig.publicAccessCidrs", ["0.0.0.0/1"]),
    ("customer-managed-keys", "cluster", CLUSTER, "encryptionConfig", GONE),
    ("clusters-audited", "cluster", CLUSTER, "enabledClusterLogTypes", ["api"]),
    ("metadata-needs-a-token", "nodes", NODES, "metadataOptions.httpTokens", "optional"),
    ("no-plaintext-secrets", "nodes", NODES, "userData", LEAK),
    (
        "no-public-endpoints",
        "hook",
        "aws:lambda/functionUrl:FunctionUrl",
        "authorizationType",
        "NONE",
    ),
]


def network():
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
    for service in ("s3", "dynamodb"):
        aws.ec2.VpcEndpoint(
            f"vpc-{service}", vpc_id=vpc.id, service_name=f"com.amazonaws.eu-west-1.{service}"
        )
    aws.ec2.SecurityGroup(
        "old",
        vpc_id=vpc.id,
        ingress=[
            {"protocol": "tcp", "from_port": 5432, "to_port": 5432, "cidr_blocks": ["10.0.0.0/16"]}
        ],
    )
    aws.vpc.SecurityGroupIngressRule(
        "in", security_group_id="sg-1", ip_protocol="tcp", cidr_ipv4="10.0.0.0/16"
    )
    aws.ec2.SecurityGroupRule(
        "out",
        security_group_id="sg-1",
        type="egress",
        protocol="-1",
        from_port=0,
        to_port=0,
        cidr_blocks=["0.0.0.0/0"],
    )


IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
NETWORK = [
    (
        "no-open-ingress",
        "old",
        "aws:ec2/securityGroup:SecurityGroup",
        "ingress.0.cidrBlocks",
        ["0.0.0.0/0"],
    ),
    (
        "no-open-ingress",
        "old",
        "aws:ec2/securityGroup:SecurityGroup",
        "ingress.0.ipv6CidrBlocks",
        ["::/0"],
    ),
    ("no-open-ingress", "in", IN, "cidrIpv4", "128.0.0.0/1"),
    ("no-open-ingress", "in", IN, "cidrIpv6", "::/0"),
    ("no-open-ingress", "out", "aws:ec2/securityGroupRule:SecurityGroupRule", "type", "ingress"),
]
PROGRAMS = [(database, DATABASE), (warehouse, WAREHOUSE), (cluster, CLUSTERS), (network, NETWORK)]


@pytest.mark.parametrize("program", [program for program, _ in PROGRAMS])
def test_a_program_that_keeps_the_rules_breaks_none(program):
    assert broken(bench(program)) == set()


@pytest.mark.parametrize(
    ("program", "case"), [(program, case) for program, cases in PROGRAMS for case in cases]
)
def test_a_rule_fires_where_it_is_broken(program, case):
    rule, name, type_, path, change = case
    assert broken(bench(program).changed(name, type_, path, change)) == {(rule, name)}


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_a_network_without_an_endpoint_sends_data_over_the_internet(service):
    gone = bench(network).without(f"vpc-{service}", "aws:ec2/vpcEndpoint:VpcEndpoint")
    assert broken(gone) == {("private-path-to-aws", "vpc")}


def test_the_cluster_of_the_eks_package_is_judged_like_the_plain_one():
    graph = record(cluster, stack="prod")
    node = graph.only(CLUSTER)
    inputs = {"endpointPublicAccess": True, "enabledClusterLogTypes": ["api", "audit"]}
    graph.nodes[node.urn] = replace(node, type="eks:index:Cluster", inputs=inputs)
    found = broken(replace(bench(cluster), graph=graph))
    assert {rule for rule, name in found if name == "cluster"} == {
        "no-public-endpoints",
        "customer-managed-keys",
        "clusters-audited",
    }
