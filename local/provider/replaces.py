"""Which properties force a replacement, for types that the table of `types/` does not hold.

The SDK does not say it. The list is AWS's own: the `createOnlyProperties` of CloudFormation's
resource schemas (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html,
schemas of 2026-10-20), less those that the official plugin can change in place, which are the ones
without `ForceNew` in the Terraform provider below it (internal/service of
hashicorp/terraform-provider-aws). Kubernetes: `forceNewProperties` in pulumi/pulumi-kubernetes
(provider/pkg/provider/diff.go). Left out: replacements that hang on the value, such as a smaller
disk.
"""

from collections.abc import Iterable, Mapping

from local.provider.types import TABLE

_AWS = {
    "amp/ruleGroupNamespace:RuleGroupNamespace": "name workspaceId",
    "amp/scraper:Scraper": "source",
    "amp/workspace:Workspace": "kmsKeyArn",
    "athena/dataCatalog:DataCatalog": "name",
    "autoscaling/group:Group": "name namePrefix",
    "budgets/budget:Budget": "accountId name namePrefix",
    "budgets/budgetAction:BudgetAction": "accountId actionType budgetName",
    "cloudtrail/trail:Trail": "name",
    "cloudwatch/dashboard:Dashboard": "dashboardName",
    "cloudwatch/logMetricFilter:LogMetricFilter": "logGroupName name",
    "cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "logGroup name",
    "dms/endpoint:Endpoint": "endpointId kmsKeyArn",
    "dms/replicationConfig:ReplicationConfig": "replicationConfigIdentifier resourceIdentifier",
    "dms/replicationInstance:ReplicationInstance": "availabilityZone dnsNameServers kmsKeyArn "
    "publiclyAccessible replicationInstanceId replicationSubnetGroupId",
    "dms/replicationSubnetGroup:ReplicationSubnetGroup": "replicationSubnetGroupId",
    "dms/replicationTask:ReplicationTask": "replicationTaskId sourceEndpointArn targetEndpointArn",
    "ebs/volume:Volume": "availabilityZone encrypted kmsKeyId snapshotId",
    "ec2/defaultSecurityGroup:DefaultSecurityGroup": "vpcId",
    "ec2/eip:Eip": "address domain networkBorderGroup publicIpv4Pool",
    "ec2/flowLog:FlowLog": "deliverCrossAccountRole destinationOptions eniId iamRoleArn "
    "logDestination logDestinationType logFormat maxAggregationInterval subnetId trafficType vpcId",
    "ec2/instance:Instance": "ami availabilityZone cpuOptions keyName placementGroup privateIp "
    "subnetId tenancy",
    "ec2/internetGateway:InternetGateway": "",
    "ec2/launchTemplate:LaunchTemplate": "name namePrefix",
    "ec2/natGateway:NatGateway": "allocationId connectivityType privateIp subnetId",
    "ec2/route:Route": "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId "
    "routeTableId",
    "ec2/routeTable:RouteTable": "vpcId",
    "ec2/routeTableAssociation:RouteTableAssociation": "gatewayId subnetId",
    "ec2/securityGroup:SecurityGroup": "description name namePrefix vpcId",
    "ec2/subnet:Subnet": "availabilityZone availabilityZoneId cidrBlock ipv6Native outpostArn "
    "vpcId",
    "ec2/vpc:Vpc": "cidrBlock ipv4IpamPoolId ipv4NetmaskLength",
    "ec2/vpcEndpoint:VpcEndpoint": "serviceName serviceRegion vpcEndpointType vpcId",
    "ecr/repository:Repository": "encryptionConfigurations name",
    "efs/fileSystem:FileSystem": "availabilityZoneName encrypted kmsKeyId performanceMode",
    "eks/accessEntry:AccessEntry": "clusterName principalArn type",
    "eks/accessPolicyAssociation:AccessPolicyAssociation": "accessScope clusterName policyArn "
    "principalArn",
    "eks/addon:Addon": "addonName clusterName",
    "eks/cluster:Cluster": "accessConfig.bootstrapClusterCreatorAdminPermissions "
    "bootstrapSelfManagedAddons encryptionConfig kubernetesNetworkConfig.ipFamily "
    "kubernetesNetworkConfig.serviceIpv4Cidr name outpostConfig roleArn",
    "eks/nodeGroup:NodeGroup": "amiType capacityType clusterName diskSize instanceTypes "
    "nodeGroupName nodeGroupNamePrefix nodeRoleArn remoteAccess subnetIds",
    "eks/podIdentityAssociation:PodIdentityAssociation": "clusterName namespace serviceAccount",
    "emrserverless/application:Application": "name type",
    "glue/connection:Connection": "catalogId name",
    "glue/crawler:Crawler": "name",
    "glue/job:Job": "name",
    "glue/securityConfiguration:SecurityConfiguration": "encryptionConfiguration name",
    "glue/trigger:Trigger": "name type workflowName",
    "iam/instanceProfile:InstanceProfile": "name namePrefix path",
    "iam/openIdConnectProvider:OpenIdConnectProvider": "url",
    "kinesis/streamConsumer:StreamConsumer": "name streamArn",
    "mwaa/environment:Environment": "endpointManagement kmsKey name networkConfiguration.subnetIds",
    "quicksight/dataSet:DataSet": "awsAccountId dataSetId",
    "quicksight/dataSource:DataSource": "awsAccountId dataSourceId type",
    "rds/cluster:Cluster": "availabilityZones clusterIdentifier databaseName dbSubnetGroupName "
    "dbSystemId engine engineMode kmsKeyId masterUsername snapshotIdentifier sourceRegion "
    "storageEncrypted",
    "rds/clusterInstance:ClusterInstance": "availabilityZone clusterIdentifier dbSubnetGroupName "
    "engine identifier",
    "rds/instance:Instance": "availabilityZone characterSetName customIamInstanceProfile dbName "
    "engine identifier identifierPrefix kmsKeyId ncharCharacterSetName snapshotIdentifier "
    "storageEncrypted timezone username",
    "rds/parameterGroup:ParameterGroup": "description family name namePrefix",
    "rds/subnetGroup:SubnetGroup": "name namePrefix",
    "redshiftserverless/namespace:Namespace": "dbName namespaceName",
    "redshiftserverless/workgroup:Workgroup": "namespaceName workgroupName",
    "s3/bucketLogging:BucketLogging": "bucket expectedBucketOwner",
    "s3/bucketReplicationConfig:BucketReplicationConfig": "bucket",
    "sfn/stateMachine:StateMachine": "name namePrefix type",
    "sns/topicPolicy:TopicPolicy": "arn",
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": "securityGroupId",
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": "securityGroupId",
}
REPLACES: Mapping[str, frozenset[str]] = {
    f"aws:{type_}": frozenset(properties.split()) for type_, properties in _AWS.items()
}
# By kind; a name or a namespace is fixed for all of them.
_KUBERNETES = {
    "ConfigMap": "binaryData data immutable",
    "Deployment": "spec.selector",
    "Job": "spec.completionMode spec.completions spec.selector spec.template",
    "PersistentVolumeClaim": "spec.accessModes spec.storageClassName spec.volumeName",
    "Release": "name namespace",
    "Secret": "data immutable stringData type",
    "StatefulSet": "spec.podManagementPolicy spec.selector spec.serviceName "
    "spec.volumeClaimTemplates",
}
_EVERY_OBJECT = ("metadata.name", "metadata.namespace")
# Outputs that an update gives a new value; the table of `types/` has them as `volatile`.
VOLATILE: Mapping[str, frozenset[str]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": frozenset({"defaultVersion", "latestVersion"}),
}


def known(type_: str) -> bool:
    """Whether an offline preview can tell an update of this type from a replacement."""
    return (
        type_ in TABLE or type_ in REPLACES or type_.partition(":")[0] in ("kubernetes", "random")
    )


def replacing(type_: str, paths: Iterable[str]) -> frozenset[str]:
    """Those of the changed paths, such as `scalingConfig.minSize`, that force a replacement."""
    package, _, kind = type_.split(":")
    if package == "random":  # a new value is the only way to change one
        return frozenset(paths)
    if package == "kubernetes":
        fixed = (*_EVERY_OBJECT, *_KUBERNETES.get(kind, "").split())
    else:
        fixed = (*REPLACES.get(type_, ()), "region")
    return frozenset(path for path in paths if any(_touches(path, name) for name in fixed))


def _touches(path: str, name: str) -> bool:
    """Whether a change at `path` changes `name`: it is that property, in it, or around it."""
    return any(a == b or a.startswith((f"{b}.", f"{b}[")) for a, b in ((path, name), (name, path)))
