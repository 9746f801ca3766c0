"""Batch job: the shop database's changes, from the files that DMS lands in bronze to one table each
in silver.

What a merge means, for every engine that does it (here DuckDB; another one must agree):

1.  A change has a position: its `change_seq`, 35 digits that sort as text. A row of a full load has
    the position of its `committed_at` (the start of the task), `YYYYMMDDHHmmSShh` and 19 zeros, so
    that it comes before all changes that the same task read.
2.  Of all that is known of a key the greatest position wins. `I` and `U` are a row as it was after
    the change, `D` is the end of it. So several changes of a key in one transaction follow their
    order, and the order in which files arrive, or how often, does not matter.
3.  A `U` whose `before_<key>` is filled and differs from the key is also a `D` of the old key, at
    the same position. Apart from these two, one position is one change.
4.  A full load replaces: with `loaded` the greatest position of any row of a load, what stands at a
    lesser position is gone. So a reload also takes along what was deleted while the task stood.
5.  A deleted key is remembered with its position, or a late file would bring it back. It may be
    forgotten once no file can be read any more that is older.
6.  A column that files begin to have is null in rows that have not changed since: a default that
    the database fills in by itself is in no file, and takes a reload. A column that files lose
    stays, null in rows that change. Integers and decimals may grow wider; any other change of a
    type refuses the file.
7.  A file that cannot be read, or lacks a column, or breaks one of these rules, is refused as a
    whole, with its reason, and the others are merged. Put right, under the same name, it is merged
    like any late file.
8.  Merging the same files again changes nothing, not a byte. Rows are in the order of their key.

Not in the files: TRUNCATE, which DMS does not write for Postgres (reload the table).

`reading` makes a table of a file, `merge` is the pure function, `load` knows buckets and remembers
which files it has merged. One merge of a table at a time.
"""
