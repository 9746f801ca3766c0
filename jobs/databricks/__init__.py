"""The jobs that run on Databricks: bronze to Delta tables. They reach it as a wheel
(`components.databricks.wheel`).

What happens to a row is in `typed` and `lines`, on Arrow batches, without Spark; what happens to a
table is in `tables`, as SQL. `main` is Spark only.
"""
