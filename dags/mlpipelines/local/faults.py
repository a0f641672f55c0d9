"""How a job or a request of the embedded SageMaker can go wrong, one exception for each way.

JobFault                  ends a job as Failed; its text becomes the job's FailureReason
├── ClientFault           the request or the data is at fault: `ClientError: ...`
└── AlgorithmFault        the algorithm crashed: `AlgorithmError: ...`
JobStopped                ends a job as Stopped (asked for, out of time, or the server goes down)
ApiError                  refuses a request with AWS's error code
"""

from __future__ import annotations

#: AWS cuts a FailureReason at this many characters.
MAX_REASON = 1024


class JobFault(Exception):
    """Ends a job as Failed."""

    kind = "InternalServerError"

    @property
    def reason(self) -> str:
        return f"{self.kind}: {self}"[:MAX_REASON]


class ClientFault(JobFault):
    """The request or its data is at fault."""

    kind = "ClientError"


class AlgorithmFault(JobFault):
    """The algorithm's own program crashed."""

    kind = "AlgorithmError"


class JobStopped(Exception):
    """Ends a job as Stopped."""


class ApiError(Exception):
    """Refuses a request; `code` is the one that AWS answers with."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class InvalidRequest(ApiError):
    """The most common refusal: ValidationException."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)
