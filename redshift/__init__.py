"""Schemas and views of the warehouse as versioned SQL, and what applies them.

`V001__what_it_is.sql` and so on: a version that was applied is never edited; a change is the next
one. `${silver_database}` and `${gold_database}` are filled in with the names of the catalog.
"""
