"""Airflow on EKS: a cluster for it alone, its database, its roles, and the official Helm chart."""
