"""The status of jobs at Databricks, as metrics of CloudWatch."""
