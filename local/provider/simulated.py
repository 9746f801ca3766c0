"""Types without an entry in the table.

They live in the state only, with the outputs that any resource has.
"""

import hashlib

from local.provider.clients import Clients
from local.provider.values import Json, Props

_ID_DIGITS = 17  # as many as EC2 gives its ids


def create(type_: str, urn: str, inputs: Props, clients: Clients) -> tuple[str, Props]:
    """Id and outputs. The id is made from the URN: two runs of one program give the same."""
    module, _, label = type_.partition(":")[2].partition(":")
    service = module.partition("/")[0]
    kind = label[:1].lower() + label[1:]
    name: Json = inputs.get("name") or urn.rpartition("::")[2]
    region: Json = inputs.get("region") or clients.config.region
    digits = hashlib.sha256(urn.encode()).hexdigest()[:_ID_DIGITS]
    outputs: Props = {
        "name": name,
        "arn": f"arn:aws:{service}:{region}:{clients.account}:{kind}/{name}",
        "region": region,
        "tagsAll": inputs.get("tags") or {},
    }
    return f"{kind}-{digits}", {**outputs, **{k: v for k, v in inputs.items() if v is not None}}
