-- The lake where it lies: tables of the Glue catalog, read by Spectrum under the default role.
create external schema if not exists lake_silver
from data catalog
database '${silver_database}'
iam_role default;

create external schema if not exists lake_gold
from data catalog
database '${gold_database}'
iam_role default;

-- A view without binding asks under its reader's rights, so that the reader needs the tables too.
grant usage on schema lake_gold to role analyst;
