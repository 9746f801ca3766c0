"""A real shop database on a laptop, and its changes in the files that DMS would make of them.

`server` runs Postgres, `schema.sql` and `workload` are the shop, `pgoutput` and `capture` read its
changes from the log, `dms_files` writes them as DMS does, `batch` is the demo's part, `record`
keeps a stream for tests. It stands in for RDS and DMS, and for nothing else: `jobs.cdc` does not
know the difference.
"""
