"""How a job or a request of the embedded SageMaker can go wrong, one exception for each way.

JobFault                  ends a job as Failed; its text becomes the job's FailureReason
├── ClientFault           the request or the data is at fault: `ClientError: ...`
├── CapacityFault         there is no such instance free (provoked by --no-capacity): `CapacityError: ...`
└── AlgorithmFault        the algorithm crashed: `AlgorithmError: ...`
    └── ServerFault       a model's server ended or never became healthy
JobStopped                ends a job as Stopped (asked for, out of time, or the server goes down)
ApiError                  refuses a request with AWS's error code
├── InvalidRequest        the most common refusal
└── ModelError            the container behind an endpoint answered with an error, or not at all
"""

from __future__ import annotations

from pathlib import Path

#: AWS cuts a FailureReason at this many characters.
MAX_REASON = 1024
#: How every refusal begins that is the local SageMaker's own.
NOT_SIMULATED = "Not simulated by the local SageMaker"


class JobFault(Exception):
    """Ends a job as Failed."""

    kind = "InternalServerError"

    @property
    def reason(self) -> str:
        return f"{self.kind}: {self}"[:MAX_REASON]


class ClientFault(JobFault):
    """The request or its data is at fault."""

    kind = "ClientError"


class CapacityFault(JobFault):
    """There is no such instance free; AWS's own words."""

    kind = "CapacityError"

    def __init__(self) -> None:
        super().__init__(
            "Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
        )


class AlgorithmFault(JobFault):
    """The algorithm's own program crashed."""

    kind = "AlgorithmError"


class ServerFault(AlgorithmFault):
    """A model's server ended (with `status`) or did not answer /ping in time. `directory` is its /opt/ml."""

    def __init__(self, container: str, status: int | None, directory: Path) -> None:
        self.container, self.status, self.directory = container, status, directory
        super().__init__(f"The {container} container did not pass the ping health check.")


class JobStopped(Exception):
    """Ends a job as Stopped."""


class ApiError(Exception):
    """Refuses a request; `code` is the one that AWS answers with."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class InvalidRequest(ApiError):
    """The most common refusal: ValidationException."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class ModelError(ApiError):
    """What a caller of an endpoint gets for its container's error; `original` is the container's own status."""

    status = 424

    def __init__(self, original: int, text: str, message: str) -> None:
        self.original, self.text = original, text
        super().__init__("ModelError", message)
