"""How the report looks: colours, type, the page's template, style and script. No data."""
