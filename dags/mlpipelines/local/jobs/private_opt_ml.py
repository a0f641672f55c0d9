"""One command with an /opt/ml of its own: `private_opt_ml.py DIRECTORY WORKING_DIRECTORY COMMAND...`.

The command sees DIRECTORY at /opt/ml and everything else as it is; nobody else sees any of it (Linux: a mount
namespace, and a user namespace for whoever is not root). Where /opt/ml does not exist, a temporary /opt holds the
entries of the real one and `ml`. Ends with status 125 when the kernel does not allow it, 127 when the command cannot be
started.

Run by the guard, before every command of a job: only the standard library, and little of it.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

OPT, OPT_ML = Path("/opt"), Path("/opt/ml")
NOT_ALLOWED = 125
# <sched.h>, <sys/mount.h>
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2


def main(directory: str, working_directory: str, command: list[str]) -> int:
    try:
        show(Path(directory))
    except (OSError, AttributeError) as error:  # AttributeError: a system without these calls
        print(f"cannot give the job an /opt/ml of its own: {error}", flush=True)
        return NOT_ALLOWED
    try:
        os.chdir(working_directory)
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot start {command[0]!r}: {error.strerror}", flush=True)
        return 127


def show(directory: Path) -> None:
    """From now on this process sees `directory` at /opt/ml. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    _unshare(libc)
    _mount(libc, "none", "/", MS_REC | MS_PRIVATE)
    if not OPT_ML.is_dir():
        _add_to_opt(libc, directory / f".opt-{os.getpid()}")
    _mount(libc, str(directory), str(OPT_ML), MS_BIND)


def _unshare(libc: ctypes.CDLL) -> None:
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNS) == 0:
        return
    _check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare")
    # The same user inside as outside: files belong to whom they belonged.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _add_to_opt(libc: ctypes.CDLL, stage: Path) -> None:
    stage.mkdir()
    _mount(libc, "tmpfs", str(stage), 0, "tmpfs", "mode=755")
    for entry in OPT.iterdir():
        copy = stage / entry.name
        if entry.is_symlink():
            copy.symlink_to(entry.readlink())
            continue
        copy.mkdir() if entry.is_dir() else copy.touch()
        _mount(libc, str(entry), str(copy), MS_BIND | MS_REC)
    (stage / OPT_ML.name).mkdir()
    _mount(libc, str(stage), str(OPT), MS_BIND | MS_REC)
    _check(libc.umount2(os.fsencode(stage), MNT_DETACH), f"umount {stage}")
    stage.rmdir()


def _mount(libc: ctypes.CDLL, source: str, target: str, flags: int, kind: str = "none", data: str = "") -> None:
    where = os.fsencode(source), os.fsencode(target), kind.encode()
    status = libc.mount(*where, ctypes.c_ulong(flags), data.encode() or None)
    _check(status, f"mount {target}")


def _check(status: int, what: str) -> None:
    if status:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
