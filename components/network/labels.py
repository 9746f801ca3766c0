"""Tags by which people find the parts of a network in the console, where ids say nothing."""

from components.naming import Site


def label(site: Site, role: str) -> dict[str, str]:
    """The `Name` tag: `{prefix}-{env}-{role}`."""
    return {"Name": f"{site.prefix}-{site.env}-{role}"}


def full_label(site: Site, role: str) -> dict[str, str]:
    """With what the provider's default tags would say: those do not reach what an Auto Scaling
    group launches.
    """
    return {**label(site, role), "project": site.prefix, "environment": site.env}
