"""The root certificate that a region's databases are signed by: without it TLS proves nothing.

RDS signs with a CA of its own, which no system trusts by itself.
"""

from pathlib import Path

CA_IDENTIFIER = "rds-ca-rsa2048-g1"
BUNDLE = Path(__file__).with_name("rds_ca.pem")


def database_ca(region: str) -> str:
    """The certificate as PEM; raises ValueError for a region that the bundle does not have."""
    _, found, rest = BUNDLE.read_text().partition(f"# {region}\n")
    if not found:
        raise ValueError(
            f"there is no root certificate of RDS for {region} in {BUNDLE.name}: add it from AWS's "
            "page on SSL/TLS with RDS, or choose another region"
        )
    return rest.partition("\n# ")[0].strip() + "\n"
