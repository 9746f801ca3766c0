"""The batch jobs on Spark, for data that do not fit into one process: Glue and EMR Serverless run
the same scripts.

`crm_etl`, `order_etl` and `cdc_etl` read and write the same keys, with the same rows, as
`pipelines.commands.crm`, `jobs.order_file` and `jobs.cdc`, so that a shop may change engines on any
day. Each script is a pure function from DataFrame to DataFrame and a thin `main`; what they share
is in `common`. A run for a day may be repeated: it replaces what it wrote before.

Not here: what runs them (`components.batch_etl`), and Spark on this machine
(`jobs.spark.session`).
"""
