-- Airflow's own role and database, made again and again without harm. Values come from the
-- environment, so that none stands in a command line.
\set ON_ERROR_STOP on
\getenv role AIRFLOW_ROLE
\getenv password AIRFLOW_PASSWORD
\getenv database AIRFLOW_DATABASE

SELECT format('CREATE ROLE %I LOGIN', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec

ALTER ROLE :"role" WITH LOGIN PASSWORD :'password';

-- The master of RDS is no superuser: it may give a database only to a role that it is a member of.
GRANT :"role" TO CURRENT_USER;

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
