"""What `pulumi up` runs: load the stack's settings, build, export."""

import pulumi

import program
import settings

for name, value in program.build(settings.load()).items():
    pulumi.export(name, value)
