"""AirflowSecrets: the keys and passwords that Airflow starts with, made once and kept in Secrets
Manager; and where DAGs keep theirs.

The program makes them, because the chart's would change at every upgrade. They are in the state
too, encrypted by the stack's own key. It leaves out DAGs' connections and variables: people put
those under `dag_prefix`, and pods read them with their roles.
"""

import hashlib

import pulumi
import pulumi_aws as aws

from components.encryption import Keys, use_key
from components.iam import Statement
from components.naming import Site, checked

ROLE = "airflow"
DATABASE = "airflow"
ADMIN_USER = "admin"
# A deleted secret keeps its name this long; 0 is at once, so that a stack can be rebuilt.
RECOVERY_DAYS = 30


def dag_prefix(site: Site) -> str:
    """Connections of DAGs are secrets `{prefix}-{env}/airflow/connections/<id>`, variables beside.

    Raises ValueError when Secrets Manager does not take the name.
    """
    return checked("secret", f"{site.prefix}-{site.env}/airflow")


class AirflowSecrets(pulumi.ComponentResource):
    secret_arn: pulumi.Output[str]
    """Where people read them: the fernet key after a disaster, the password of the UI."""
    fernet_key: pulumi.Output[str]
    api_key: pulumi.Output[str]
    jwt_key: pulumi.Output[str]
    database_password: pulumi.Output[str]
    admin_password: pulumi.Output[str]
    stamp: pulumi.Output[str]
    """Changes when one of them does, and tells nothing of it."""

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        keys: Keys,
        retain: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("shop:components:AirflowSecrets", name, {}, opts)
        self._name = name
        # What is encrypted with a lost fernet key is lost as well.
        self._kept = pulumi.ResourceOptions(parent=self, protect=retain)

        self.fernet_key = self._random_key("fernet").apply(_url_safe)
        self.api_key = self._random_key("api")
        self.jwt_key = self._random_key("jwt")
        self.database_password = self._password("database")
        self.admin_password = self._password("admin")
        all_of_them = {
            "fernet_key": self.fernet_key,
            "api_secret_key": self.api_key,
            "jwt_secret": self.jwt_key,
            "database_user": ROLE,
            "database_password": self.database_password,
            "admin_user": ADMIN_USER,
            "admin_password": self.admin_password,
        }
        text = pulumi.Output.json_dumps(all_of_them)
        self.secret_arn = self._keep(text, site, keys, retain)
        self.stamp = pulumi.Output.unsecret(text.apply(_fingerprint))
        self.register_outputs({"secret_arn": self.secret_arn, "stamp": self.stamp})

    def _random_key(self, role: str) -> pulumi.Output[str]:
        import pulumi_random as random

        key = random.RandomBytes(f"{self._name}-{role}", length=32, opts=self._kept)
        return pulumi.Output.secret(key.base64)

    def _password(self, role: str) -> pulumi.Output[str]:
        import pulumi_random as random

        # Letters and digits only: it stands in an address, in an ini file and in SQL.
        password = random.RandomPassword(
            f"{self._name}-{role}", length=40, special=False, opts=self._kept
        )
        return pulumi.Output.secret(password.result)

    def _keep(
        self, text: pulumi.Output[str], site: Site, keys: Keys, retain: bool
    ) -> pulumi.Output[str]:
        secret = aws.secretsmanager.Secret(
            f"{self._name}-secret",
            # Not under `dag_prefix`: what DAGs may read must not be what decrypts everything.
            name=checked("secret", f"{site.prefix}-{site.env}/airflow-platform"),
            description="Airflow's own keys and passwords; made by the deployment",
            kms_key_id=keys.secrets,
            recovery_window_in_days=RECOVERY_DAYS if retain else 0,
            opts=self._kept,
        )
        version = aws.secretsmanager.SecretVersion(
            f"{self._name}-version",
            secret_id=secret.id,
            secret_string=text,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Through the version: whoever knows the secret also finds something in it.
        return pulumi.Output.all(secret.arn, version.id).apply(lambda known: str(known[0]))


def read_dag_secrets(site: Site, keys: Keys) -> tuple[Statement, ...]:
    """Grant: look up connections and variables by name, without listing them."""
    secrets = f"arn:aws:secretsmanager:{site.region}:{site.account_id}:secret:{dag_prefix(site)}"
    return (
        Statement(
            sid="ReadDagSecrets",
            actions=["secretsmanager:GetSecretValue"],
            resources=[f"{secrets}/connections/*", f"{secrets}/variables/*"],
        ),
        use_key(keys.secrets, write=False),
    )


def _url_safe(base64: str) -> str:
    """Fernet wants the alphabet of URLs."""
    return base64.replace("+", "-").replace("/", "_")


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
