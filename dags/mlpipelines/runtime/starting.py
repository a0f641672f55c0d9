"""Starting a task's job, or finding the one that an earlier try has started."""

from __future__ import annotations

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.requests import set_instance_type
from mlpipelines.runtime.watching import WatchedJob


class StartedJob(WatchedJob):
    """Never two jobs for one task of one run: the job's name is written down before AWS hears of it."""

    def _find_or_start(self) -> None:
        if not self._take_up():
            self.check()
            self._start()

    def _take_up(self) -> bool:
        """Go on with the job of an earlier try; say whether there is one that need not be started anew."""
        record = self._memory.record
        if not record.job:
            return False
        description = self._find(record.job)
        if description is None:
            return False
        self.job_name = record.job
        state = self.kind.state(description)
        if self._memory.is_cleared or state not in ("running", "done"):
            self._end_former(state)
            return False
        self.log.info("Going on with %s %s, which an earlier try has started (%s)", self.kind.noun, record.job, state)
        return True

    def _end_former(self, state: str) -> None:
        if state == "running":
            self._stop("the task was cleared")
        if state in ("running", "stopping") and self.on_kill_action == "stop" and self.kind.stop:
            self.log.info("Waiting for the former %s %s to end", self.kind.noun, self.job_name)
            self._watch()

    def _start(self) -> None:
        """Start a job under a name that is free, written down before."""
        self._ended = False
        self.complete()
        self._choose_instance_type()
        while True:
            self.job_name, reserved = self._free_name()
            self._memory.keep(self._memory.record.but(job=self.job_name))
            self.log.info("Creating %s %s", self.kind.noun, self.job_name)
            try:
                self._create(reserved)
                break
            except _NameTaken:
                continue
            except Exception as error:
                if not (aws_errors.is_capacity(aws_errors.text(error)) and self._next_instance_type(str(error))):
                    raise
                self._choose_instance_type()
        if self._killed and self._memory.ends_job():
            self._stop("the task was ended while it was created")

    def _create(self, reserved: bool) -> None:
        """Create the job; an error after which it is there all the same is none."""
        try:
            self.create()
        except Exception as error:
            if aws_errors.is_taken(error) and not (reserved or aws_errors.is_repeated(error)):
                raise _NameTaken from error
            lost = aws_errors.is_taken(error) or aws_errors.is_passing(error)
            if not lost or self._find(self.job_name) is None:
                self.job_name = "" if not lost else self.job_name
                raise
            self.log.info("%s %s was created, though AWS's answer was lost", self.kind.noun, self.job_name)

    def _free_name(self) -> tuple[str, bool]:
        """The name in the request, or with an end of its own when it is in use; and whether it was ours already."""
        record, wanted = self._memory.record, self.config[self.kind.key]
        if record.job and not self._memory.is_cleared and self._find(record.job) is None:
            return record.job, True
        number = record.number
        name = wanted
        while self._find(name) is not None:
            number += 1
            end = f"-{self._memory.digest[:6]}-{number}"
            name = f"{wanted[: self.kind.limit - len(end)].rstrip('-')}{end}"
        self._memory.record = record.but(number=number)
        return name, False

    # Capacity

    def _choose_instance_type(self) -> None:
        types, choice = self.instance_types or [], self._memory.record.choice
        if types:
            set_instance_type(self.config, types[choice % len(types)])

    def _next_instance_type(self, reason: str) -> bool:
        types, record = self.instance_types or [], self._memory.record
        choice = record.choice + 1
        self._memory.keep(record.but(choice=choice if choice < len(types) else 0, job=""))
        if choice < len(types):
            self.log.warning("No capacity for %s, trying %s: %s", types[choice - 1], types[choice], reason)
        return choice < len(types)


class _NameTaken(Exception):
    """Somebody else has created a job of the name since it was looked up."""
