"""Batch job: an order file in the Online Retail layout, from bronze to typed lines in silver.

The way of a file: `opening` and `header` say how to read it, `reader` cuts it into rows, `plan`
decides once per file what no single line can tell (date format, decimal mark), `lines` types
each row, `load` writes silver and quarantine. `replay` makes events of the same lines,
`reconcile` counts the file again another way.
"""
