"""Every type of resource that can sleep, and those that cost on."""

from __future__ import annotations

from automation.sleep.nodes import NODES
from automation.sleep.schedules import SCHEDULES
from automation.sleep.stores import STORES

KINDS = {**SCHEDULES, **STORES, **NODES}

# What costs day and night, and why nothing here stops it.
LEFT = {
    "aws:redshiftserverless/workgroup:Workgroup": "bills only while a query runs; it idles by "
    "itself once nothing asks",
    "databricks:index/job:Job": "Databricks starts it by itself; set "
    "databricks.enrich.paused: true and deploy",
    "aws:dms/replicationInstance:ReplicationInstance": "AWS cannot stop it; its tasks are stopped",
    "aws:kinesis/stream:Stream": "keeps what arrives; deleting it would lose events",
    "aws:ec2/natGateway:NatGateway": "AWS can only delete it",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "AWS can only delete it",
}
