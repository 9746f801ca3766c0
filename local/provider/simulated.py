"""Types without an entry in the table: they live in the state only, with the outputs that any resource has."""

import hashlib

from local.provider.values import Json, Props

_ID_DIGITS = 17  # as many as EC2 gives its ids


def create(token: str, urn: str, inputs: Props, *, region: str, account: str) -> tuple[str, Props]:
    """Id and outputs. The id is made from the URN: two runs of one program give the same."""
    module, _, label = token.split(":", 1)[1].partition(":")
    service = module.partition("/")[0]
    logical = urn.rpartition("::")[2]
    name: Json = inputs.get("name") or logical
    digits = hashlib.sha256(urn.encode()).hexdigest()[:_ID_DIGITS]
    kind = label[0].lower() + label[1:]
    outputs: Props = {
        "name": name,
        "arn": f"arn:aws:{service}:{region}:{account}:{kind}/{name}",
        "region": region,
        "tagsAll": inputs.get("tags") or {},
    }
    return f"{kind}-{digits}", {**outputs, **{k: v for k, v in inputs.items() if v is not None}}
