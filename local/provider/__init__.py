"""A Pulumi resource provider for AWS whose cloud is the local emulator.

It answers the engine as the official `aws` plugin does, for the types listed under `types/`; every
other type is simulated (state only). It never talks to anything but loopback and never writes for a
stack other than `local`.
"""
