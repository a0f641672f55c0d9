"""A team's own functions, called by `module.function`; nothing outside of this package is ever called.

`prepare` calls them by `callable`, `python` by `function`, `evaluate` by `custom_metrics`; see `example.py`.
"""
