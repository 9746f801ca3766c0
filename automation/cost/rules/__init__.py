"""Which rule prices which type. A type that stands nowhere here is unsupported, and listed."""

from automation.cost.model import Rule
from automation.cost.rules import (
    batch,
    compute,
    databases,
    kubernetes,
    network,
    security,
    storage,
    streams,
    warehouse,
    watching,
)

RULES: dict[str, Rule] = {
    **streams.RULES,
    **compute.RULES,
    **storage.RULES,
    **security.RULES,
    **watching.RULES,
    **network.RULES,
    **kubernetes.RULES,
    **databases.RULES,
    **batch.RULES,
    **warehouse.RULES,
}
