"""The one error of this job that a user causes: a file, or a setting, with which the job can't
start.

A single bad line is never an error; it is quarantined (`lines.Rejected`).
"""


class OrderFileError(ValueError):
    """Its message is one sentence for the user: the value, what was expected, the way out."""
