"""All rules. What each does in which environment is said by `policies/levels.yaml`."""

from policies.rules import access, buckets, data, encryption, guards, logs, network, secrets

RULES = (
    *encryption.RULES,
    *buckets.RULES,
    *access.RULES,
    *network.RULES,
    *data.RULES,
    *logs.RULES,
    *secrets.RULES,
    *guards.RULES,
)
