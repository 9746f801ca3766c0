"""IAM's OpenID Connect providers.

The emulator makes, shows and deletes them only, so every change forces a replacement here; AWS
changes audiences, thumbprints and tags in place.
"""

from local.provider.resource import Call, Read, ResourceType, words

PROVIDER = ResourceType(
    type="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    service="iam",
    inputs=words("url clientIdLists thumbprintLists tags"),
    id="{arn}",
    create=Call(operation="create_open_id_connect_provider"),
    created={"arn": "openIdConnectProviderArn"},
    read=Read(operation="get_open_id_connect_provider"),
    delete=Call(operation="delete_open_id_connect_provider"),
    rename={
        "clientIdLists": "ClientIDList",
        "thumbprintLists": "ThumbprintList",
        "arn": "OpenIDConnectProviderArn",
    },
    computed=words("arn thumbprintLists"),
)

TYPES = (PROVIDER,)
