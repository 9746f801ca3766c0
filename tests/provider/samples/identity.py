"""Samples: IAM, KMS, secrets and parameters. `@` in a value is replaced by a mark of the test."""

from tests.provider.samples.world import TAGS, Sample, open_to, policy, trust

IDENTITY = [
    Sample(
        type="aws:iam/role:Role",
        inputs=lambda w: {
            "name": "sample-@",
            "path": "/shop/",
            "assumeRolePolicy": trust("lambda.amazonaws.com"),
            "description": "sample",
            "maxSessionDuration": 7200,
            "inlinePolicies": [{"name": "inner", "policy": policy("sqs:SendMessage")}],
            "managedPolicyArns": [w.policy_arn],
            "tags": TAGS,
        },
        change={
            "assumeRolePolicy": trust("glue.amazonaws.com"),
            "maxSessionDuration": 3600,
            "inlinePolicies": [{"name": "inner", "policy": policy("sqs:ReceiveMessage")}],
            "tags": {"team": "shop"},
        },
    ),
    Sample(
        type="aws:iam/rolePolicy:RolePolicy",
        inputs=lambda w: {
            "name": "sample-@",
            "role": w.role,
            "policy": policy("kinesis:PutRecords"),
        },
        change={"policy": policy("kinesis:GetRecords")},
    ),
    Sample(
        type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        inputs=lambda w: {"role": w.role, "policyArn": w.policy_arn},
    ),
    Sample(
        type="aws:iam/policy:Policy",
        inputs=lambda w: {
            "name": "sample-@",
            "path": "/shop/",
            "description": "sample",
            "policy": policy("s3:GetObject"),
            "tags": TAGS,
        },
        change={"policy": policy("s3:PutObject"), "tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:iam/user:User",
        inputs=lambda w: {
            "name": "sample-@",
            "path": "/people/",
            "tags": TAGS,
            "forceDestroy": True,
        },
        change={"tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        inputs=lambda w: {
            "url": "https://token.sample-@.example",
            "clientIdLists": ["sts.amazonaws.com"],
            "tags": TAGS,
        },
    ),
    Sample(
        type="aws:kms/key:Key",
        inputs=lambda w: {
            "description": "sample",
            "enableKeyRotation": True,
            "deletionWindowInDays": 7,
            "policy": open_to("000000000000", "kms:*", "*"),
            "tags": TAGS,
        },
        change={"description": "changed", "enableKeyRotation": False, "tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:kms/alias:Alias",
        inputs=lambda w: {"name": "alias/sample-@", "targetKeyId": w.key_arn},
        change={"targetKeyId": "other-key"},
    ),
    Sample(
        type="aws:secretsmanager/secret:Secret",
        inputs=lambda w: {
            "name": "sample-@",
            "description": "sample",
            "recoveryWindowInDays": 0,
            "kmsKeyId": w.key_arn,
            "policy": open_to("000000000000", "secretsmanager:GetSecretValue", "*"),
            "tags": TAGS,
        },
        change={"description": "changed", "tags": {"team": "shop"}},
    ),
    Sample(
        type="aws:secretsmanager/secretVersion:SecretVersion",
        inputs=lambda w: {"secretId": w.secret_arn, "secretString": "open sesame @"},
        # The current version of a secret can't be deleted.
        remains=True,
    ),
    Sample(
        type="aws:ssm/parameter:Parameter",
        inputs=lambda w: {
            "name": "/sample/@",
            "type": "SecureString",
            "value": "one",
            "description": "sample",
            "tags": TAGS,
        },
        change={"value": "two", "description": "changed", "tags": {"team": "shop"}},
    ),
]
