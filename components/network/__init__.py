"""The network of a stack: what others need to know of it (`Vpc`) and what a stack may say of it.

The component itself is `components.network.network`, which a stack without a network never imports.
"""

from components.network.config import (
    NetworkConfig,
    NetworkSection,
    NoNetwork,
    missing_for_private_cluster,
)
from components.network.vpc import Vpc

__all__ = ["NetworkConfig", "NetworkSection", "NoNetwork", "Vpc", "missing_for_private_cluster"]
