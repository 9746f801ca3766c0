"""`python -m local.provider ENGINE_ADDRESS`: the provider as a plugin process."""

import sys

from local.provider.server import run_plugin

run_plugin(sys.argv[1] if len(sys.argv) > 1 else "")
