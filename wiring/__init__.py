"""How the components of a stack are wired, a module for each part of the platform; `program.build`
calls them in order.

A part is switched off by its section of the settings: it then registers nothing and imports
nothing.
"""
