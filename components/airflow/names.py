"""Names inside the cluster that more than one part of Airflow uses: they are joints, not choices.

It leaves out names of AWS resources (`components.naming`).
"""

RELEASE = "airflow"
NAMESPACE = "airflow"
MONITORING_NAMESPACE = "monitoring"

# Service accounts; each has its own role in AWS, or none.
SCHEDULER = "airflow-scheduler"
API_SERVER = "airflow-api-server"
TRIGGERER = "airflow-triggerer"
DAG_PROCESSOR = "airflow-dag-processor"
WORKER = "airflow-worker"
PGBOUNCER = "airflow-pgbouncer"
STATSD = "airflow-statsd"
DATABASE_ADMIN = "airflow-database-admin"
MIGRATE = "airflow-migrate"
GRAFANA = "grafana"

# Secrets of Kubernetes, and the keys in them that the chart reads.
FERNET = "airflow-fernet"
API_SECRET = "airflow-api-secret"  # noqa: S105 (the name of a secret)
JWT = "airflow-jwt"
METADATA = "airflow-metadata"
METADATA_DIRECT = "airflow-metadata-direct"
PGBOUNCER_CONFIG = "airflow-pgbouncer"
PGBOUNCER_STATS = "airflow-pgbouncer-stats"
DATABASE_USER = "airflow-database-user"
ADMIN = "airflow-admin"
GIT_KEY = "airflow-git-ssh"
GRAFANA_ADMIN = "grafana-admin"

# ConfigMap with the certificate of RDS, and where it is mounted.
DATABASE_CA = "airflow-database-ca"
CA_FOLDER = "/etc/rds"
CA_FILE = f"{CA_FOLDER}/ca.pem"

STATSD_PORT, PGBOUNCER_METRICS_PORT, PGBOUNCER_PORT = 9102, 9127, 6543
