"""A team's own functions, called by `module.function`; nothing outside of this package is ever called.

Steps of type `prepare` (`callable`), `python` (`function`) and `evaluate` (`custom_metrics`) call them. See `example.py`.
"""
