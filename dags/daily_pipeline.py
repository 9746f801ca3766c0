"""The Airflow DAG `daily_pipeline`; its steps are in `pipelines.daily`."""

# Airflow is not installed where this is checked.
# pyright: reportUnknownVariableType=false

from pipelines.airflow_dag import dag_of
from pipelines.daily import daily
from pipelines.places import load

places = load()
dag = dag_of(daily(places), places, schedule=places.schedule_daily or None)
