"""The report of a run: query results in; a web page, chart images and terminal tables out.

Left out on purpose: asking the questions. Nothing here knows of AWS, Athena, Pulumi or the file
system's layout.
"""
