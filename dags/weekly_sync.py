"""The Airflow DAG `weekly_sync`; its steps are in `pipelines.weekly`."""

# Airflow is not installed where this is checked.
# pyright: reportUnknownVariableType=false

from pipelines.airflow_dag import dag_of
from pipelines.places import load
from pipelines.weekly import weekly

places = load()
dag = dag_of(weekly(places), places, schedule=places.schedule_weekly or None)
