"""The platform's pipelines: written down once as steps, and run in three ways.

`steps` is the vocabulary and its rules, `daily` and `weekly` are the pipelines, `places` names what
a stack calls the things they work on. `airflow_dag` makes a DAG of a pipeline (for Airflow on EKS
and for MWAA), `asl` a state machine (for Step Functions). `commands` is the work that AWS has no
service of its own for. Only the standard library is imported here, but by `airflow_dag` and
`commands`: the DAG processor has nothing else of ours.
"""
