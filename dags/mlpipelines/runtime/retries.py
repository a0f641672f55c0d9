"""How patiently tasks talk to AWS: one botocore configuration for every client that a worker or triggerer makes.

botocore's own default ("legacy") gives up after four quick tries and waits no longer than a few seconds in all; a busy
account throttles for longer than that. In "standard" mode throttles, 5xx answers and broken connections are tried again
after random pauses that double, and a budget of retries per client keeps a lasting outage from being hammered.

An answer may be lost after AWS has done what was asked, and the retry then meets its own resource. So whoever
creates something by name must take "already exists" for what it may be: its own.
"""

from __future__ import annotations

from typing import Any, TypeVar

Hook = TypeVar("Hook")
#: Tries of one request, the first included; the pauses between them add up to two minutes at the most.
ATTEMPTS = 10


def aws_retries() -> dict[str, Any]:
    """Arguments of `botocore.config.Config` (seconds where times)."""
    return {
        "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
        "connect_timeout": 10,
        "read_timeout": 60,
        "tcp_keepalive": True,
    }


class RetryingHook:
    """Mixin of AWS hooks: these settings below those of the connection (`config_kwargs`) and of the caller.

    Handing them to a hook's constructor instead would switch the connection's own off.
    """

    @property
    def config(self) -> Any:
        from botocore.config import Config

        return Config(**aws_retries()).merge(super().config)  # type: ignore[misc]

    def _get_caller(self, target_function_name: str = "") -> str:
        """For the user agent. The provider looks through the sources of all callers, for a tenth of a second."""
        return "mlpipelines"


def retrying(hook: type[Hook]) -> type[Hook]:
    """The hook's class with RetryingHook mixed in."""
    return type(hook.__name__, (RetryingHook, hook), {"__doc__": hook.__doc__})
