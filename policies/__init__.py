"""The policy pack: rules that every resource of every stack must keep, as values.

They run three ways: by `pulumi … --policy-pack policies`, on a recorded graph in tests, and on the
events of a preview (`automation.policy`).
"""
