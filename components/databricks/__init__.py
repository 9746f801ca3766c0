"""Databricks on AWS for a stack: what it may say of it (`config`), and the component itself
(`databricks`), which a stack without it never imports.
"""
