"""What Airflow sees of a project while disks, clocks, pushes and whoever writes to the cache do their worst."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlpipelines.store import Store
from tests.airflow.deployment import PIPELINE, Deployment
from tests.airflow.parser import Parsed, Parser, running_parser
from tests.conftest import CASES

pytestmark = pytest.mark.airflow

#: Root may write anywhere; its child gives that up.
DROP_PRIVILEGES = """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
header = struct.pack("Ii", 0x20080522, 0)
assert libc.syscall({"x86_64": 126, "aarch64": 91}[__import__("platform").machine()], header, bytes(24)) == 0
"""
SMALL_FILES_ONLY = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
"""
FULL_DISK = """
import ctypes, os
from pathlib import Path
user, group = os.getuid(), os.getgid()
libc = ctypes.CDLL(None, use_errno=True)
assert libc.unshare(0x10000000 | 0x00020000) == 0, "no namespace"
Path("/proc/self/uid_map").write_text(f"0 {user} 1")
cache = os.environ["MLPIPELINES_CACHE"].encode()
os.makedirs(cache, exist_ok=True)
assert libc.mount(b"none", cache, b"tmpfs", 0, b"size=8k") == 0, "no tmpfs"
"""


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parser]:
    with running_parser(tmp_path_factory.mktemp("parser")) as running:
        yield running


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """Three pipelines and a broken one."""
    made = Deployment(tmp_path / "project")
    for name in ("one", "two", "three"):
        made.add(name, PIPELINE.format(name=name) + f"description: Number {name}.\n")
    made.add("broken", "name: broken\nsteps: {a: {type: nothing}}\n")
    return made


@pytest.fixture
def cache(deployment: Deployment) -> Path:
    return deployment.root / "cache"


@pytest.fixture
def clean(parser: Parser, deployment: Deployment) -> Parsed:
    """What there is to see without a cache."""
    result = parser.parse(deployment, MLPIPELINES_CACHE="off")
    assert sorted(result.dags) == ["one", "three", "two"]
    assert len(result.problems) == 1
    return result


def same(result: Parsed, clean: Parsed) -> None:
    assert result.dags == clean.dags
    assert result.errors == clean.errors


REVERSED = """
import os
walk = os.walk
os.walk = lambda *given, **options: ((top, folders, names[::-1]) for top, folders, names in walk(*given, **options))
"""


def test_the_same_files_give_the_same_bytes_in_any_process_and_order(deployment: Deployment, tmp_path: Path) -> None:
    """Without a cache, with a cold one, with a warm one; sets and folders in any order."""
    shutil.copytree(CASES / "callables", deployment.root / "dags" / "callables", dirs_exist_ok=True)
    shutil.copytree(CASES / "valid" / "code", deployment.pipelines / "code")
    for file in [*CASES.glob("valid/*.yaml"), *CASES.glob("real/*.yaml")]:
        shutil.copy(file, deployment.pipelines)
    with running_parser(tmp_path, PYTHONHASHSEED="0") as parser:
        first = parser.parse(deployment, MLPIPELINES_CACHE="off")
    assert len(first.dags) >= 45
    for seed in ("1", "2"):
        with running_parser(tmp_path, PYTHONHASHSEED=seed) as other:
            cache = str(tmp_path / seed)
            for _ in ("cold", "warm"):
                same(other.parse(deployment, REVERSED, MLPIPELINES_CACHE=cache), first)
            same(other.parse(deployment, MLPIPELINES_CACHE="off"), first)


# Places for a cache that are none


def a_file(place: Path) -> str:
    place.write_text("a file")
    return str(place)


def below_a_file(place: Path) -> str:
    place.write_text("a file")
    return str(place / "cache")


def a_link_to_nowhere(place: Path) -> str:
    place.symlink_to("nowhere")
    return str(place)


def a_link_to_itself(place: Path) -> str:
    place.symlink_to(place)
    return str(place)


def a_folder_that_cannot_be_written(place: Path) -> str:
    place.mkdir()
    place.chmod(0o555)
    return str(place)


def a_folder_that_cannot_be_read(place: Path) -> str:
    place.mkdir()
    place.chmod(0)
    return str(place)


def a_folder_for_all(place: Path) -> str:
    place.mkdir()
    place.chmod(0o777)
    return str(place)


PLACES: dict[str, Callable[[Path], str]] = {
    "a file": a_file,
    "below a file": below_a_file,
    "a link to nowhere": a_link_to_nowhere,
    "a link to itself": a_link_to_itself,
    "a folder that cannot be written": a_folder_that_cannot_be_written,
    "a folder that cannot be read": a_folder_that_cannot_be_read,
    "a folder that everybody can write to": a_folder_for_all,
    "a full device": lambda _: "/dev/full",
    "below a device": lambda _: "/dev/full/cache",
    "the kernel's": lambda _: "/proc/self/cache",
    "a name too long": lambda place: str(place / ("x" * 300)),
    "a path too long": lambda place: str(place / "/".join(["x" * 200] * 30)),
    "a strange name": lambda place: str(place / "a\nb \u00fc %s {}"),
    "nothing": lambda _: "",
    "a relative path": lambda _: "relative/cache",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_cache_that_cannot_be_used_is_none(
    place: str, parser: Parser, deployment: Deployment, clean: Parsed, cache: Path
) -> None:
    setting = PLACES[place](cache)
    for _ in range(2):
        same(parser.parse(deployment, DROP_PRIVILEGES, MLPIPELINES_CACHE=setting), clean)


@pytest.mark.parametrize("prelude", [SMALL_FILES_ONLY, FULL_DISK], ids=["limited", "full"])
def test_a_full_disk_costs_time_alone(
    prelude: str, parser: Parser, deployment: Deployment, clean: Parsed, cache: Path
) -> None:
    for number in range(10):
        deployment.add(f"more-{number}", PIPELINE.format(name=f"more-{number}"))
    clean = parser.parse(deployment, MLPIPELINES_CACHE="off")
    assert len(clean.dags) == 13
    for _ in range(2):
        same(parser.parse(deployment, prelude), clean)
    assert not [path for path in cache.rglob("*") if path.is_file() and path.stat().st_size == 0]
    same(parser.parse(deployment), clean)


# Garbage in the cache


def truncated(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[: entry.stat().st_size // 2])


def emptied(entry: Path) -> None:
    entry.write_bytes(b"")


def random_bytes(entry: Path) -> None:
    entry.write_bytes(random.Random(1).randbytes(5000))


def one_bit_turned(entry: Path) -> None:
    content = bytearray(entry.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    entry.write_bytes(content)


def a_folder(entry: Path) -> None:
    entry.unlink()
    entry.mkdir()
    (entry / "file").write_text("x")


def a_link_to_another(entry: Path) -> None:
    other = entry.with_name(f"other-{entry.name}")
    entry.rename(other)
    entry.symlink_to(other.name)


def the_content_of_another(entry: Path) -> None:
    others = sorted(path for path in entry.parent.rglob("*") if path.is_file() and path != entry)
    shutil.copy(others[0], entry)


def a_link_to_the_password_file(entry: Path) -> None:
    entry.unlink()
    entry.symlink_to("/etc/passwd")


def a_link_to_itself_in_place(entry: Path) -> None:
    entry.unlink()
    entry.symlink_to(entry.name)


def a_pipe(entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry)


def a_socket(entry: Path) -> None:
    entry.unlink()
    with socket.socket(socket.AF_UNIX) as made:
        folder = os.open(entry.parent, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{folder}/{entry.name}")
        os.close(folder)


def an_endless_device(entry: Path) -> None:
    entry.unlink()
    entry.symlink_to("/dev/zero")


def a_huge_file(entry: Path) -> None:
    with entry.open("r+b") as file:
        file.truncate(200 * 1024**3)


def nested_deeply(entry: Path) -> None:
    entry.write_text("[" * 200_000)


def null(entry: Path) -> None:
    entry.write_text("null")


def unreadable(entry: Path) -> None:
    entry.chmod(0)


def from_the_future(entry: Path) -> None:
    os.utime(entry, (4_000_000_000, 4_000_000_000))


def from_before_time(entry: Path) -> None:
    os.utime(entry, (-1_000_000, -1_000_000))


GARBAGE: list[Callable[[Path], None]] = [
    truncated, emptied, random_bytes, one_bit_turned, a_folder, a_link_to_another, the_content_of_another,
    a_link_to_the_password_file, a_link_to_itself_in_place, a_pipe, a_socket, an_endless_device, a_huge_file,
    nested_deeply, null, unreadable, from_the_future, from_before_time,
]  # fmt: skip


@pytest.mark.parametrize("spoil", GARBAGE, ids=lambda spoil: spoil.__name__)
def test_garbage_in_the_cache_changes_nothing(
    spoil: Callable[[Path], None], parser: Parser, deployment: Deployment, clean: Parsed, cache: Path
) -> None:
    same(parser.parse(deployment), clean)
    for entry in sorted(path for path in cache.rglob("*") if path.is_file()):
        spoil(entry)
    for _ in range(2):
        same(parser.parse(deployment, DROP_PRIVILEGES), clean)


HOSTILE = {
    "another class": {"operator": "subprocess.Popen", "args": ["touch", "hacked"]},
    "a function": {"operator": "os.system", "command": "touch hacked"},
    "no module": {"operator": "no_such_module.Operator"},
    "no name": {"operator": "operator"},
    "a number": {"operator": 3},
    "no operator": {},
    "another type": {"operator": "airflow.sdk.BaseOperator", "retry_delay": {"__type__": "subprocess.Popen"}},
    "decorated": {"decorator": "subprocess.Popen", "python_callable": "os.system"},
    "called": {"operator": "mlpipelines.runtime.operators.TrainingOperator", "on_failure_callback": "os.system"},
    "no mapping": [1],
}


@pytest.mark.parametrize("task", HOSTILE)
def test_a_hostile_record_runs_nothing_and_hides_nothing_else(
    task: str, parser: Parser, deployment: Deployment, clean: Parsed, cache: Path
) -> None:
    """With a right checksum: who can write to the cache can do that, and is told from authors by the folder's owner."""
    parser.parse(deployment)
    found = 0
    for entry in cache.rglob("*.json"):
        value = json.loads(entry.read_bytes().partition(b"\n")[2])["value"]
        if value.get("config") and value["config"]["description"] == "Number one.":
            value["config"]["tasks"] = {"bad": HOSTILE[task]}
            assert Store(cache).put(entry.stem, json.dumps(value))
            found += 1
    assert found == 1
    result = parser.parse(deployment)
    assert {name: result.dags[name] for name in ("two", "three")} == {n: clean.dags[n] for n in ("two", "three")}
    assert list(result.errors) == ["invalid_pipelines.py"]
    assert not [*deployment.root.rglob("hacked"), *Path.cwd().glob("hacked")]


# What Airflow refuses when it has the whole file


POLICIES = """
from airflow import settings
from airflow.exceptions import AirflowClusterPolicySkipDag, AirflowClusterPolicyViolation
from airflow.policies import hookimpl

class Policies:
    @staticmethod
    @hookimpl
    def dag_policy(dag):
        if dag.dag_id == "one":
            raise AirflowClusterPolicyViolation("one has no tags")
        if dag.dag_id == "more":
            raise AirflowClusterPolicySkipDag("not here")
        dag.doc_md += " looked at"

    @staticmethod
    @hookimpl
    def task_policy(task):
        if task.dag_id == "three":
            raise ValueError("a policy may fail as well")
        task.queue = "sagemaker"

settings.get_policy_plugin_manager().register(Policies)
"""


def test_a_cluster_policy_refuses_the_pipelines_that_it_means_and_no_others(
    parser: Parser, deployment: Deployment, clean: Parsed
) -> None:
    deployment.add("more", PIPELINE.format(name="more"))
    for _ in ("cold", "warm"):
        result = parser.parse(deployment, POLICIES)
        assert list(result.dags) == ["two"]
        assert '"queue": "sagemaker"' in result.dags["two"]
        assert result.dags["two"].count(" looked at") == 1
        assert list(result.errors) == ["invalid_pipelines.py"], "an import error of the other takes all DAGs"
        refused = [line for line in result.problems if "PL503" in line]
        assert [line.partition(":")[0] for line in refused] == ["pipelines/one.yaml", "pipelines/three.yaml"]
        assert "AirflowClusterPolicyViolation: one has no tags" in refused[0]
    same_but_one = parser.parse(deployment)
    assert {**clean.dags, "more": same_but_one.dags["more"]} == same_but_one.dags


BEYOND_AIRFLOW = {
    "runs": "max_active_runs: 3000000000",
    "tasks": "max_active_tasks: 3000000000",
    "owner": f"owner: {'o' * 3000}",
    "never": "schedule: {every: 99999999d}",
    "endless": "timeout: 999999999d",
    "nothing": 'description: "a\\0b"',
}


@pytest.mark.parametrize("line", BEYOND_AIRFLOW)
def test_what_airflow_or_its_database_cannot_hold_is_a_mistake_of_one_file(
    line: str, parser: Parser, deployment: Deployment, clean: Parsed
) -> None:
    deployment.add("beyond", PIPELINE.format(name="beyond") + BEYOND_AIRFLOW[line] + "\n")
    result = parser.parse(deployment)
    assert result.dags == clean.dags
    assert list(result.errors) == ["invalid_pipelines.py"]
    assert [text for text in result.problems if text.startswith("pipelines/beyond.yaml:10:")], result.problems


# Strange things among the files


def test_links_in_circles_end(parser: Parser, deployment: Deployment, clean: Parsed) -> None:
    for folder in ("pipelines", "templates", "templates/steps", "schemas", "dags/callables"):
        (deployment.root / folder / "around").symlink_to("..")
        (deployment.root / folder / "itself").symlink_to("itself")
    (deployment.pipelines / "team").mkdir()
    (deployment.pipelines / "team" / "back").symlink_to(deployment.pipelines)
    same(parser.parse(deployment), clean)
    same(parser.parse(deployment), clean)
    (deployment.pipelines / "itself.yaml").symlink_to("itself.yaml")
    result = parser.parse(deployment)
    assert result.dags == clean.dags
    assert [line for line in result.problems if "itself.yaml:1:1: YM21" in line]


def test_what_is_no_file_is_told_and_not_waited_for(parser: Parser, deployment: Deployment, clean: Parsed) -> None:
    os.mkfifo(deployment.pipelines / "pipe.yaml")
    (deployment.pipelines / "zero.yaml").symlink_to("/dev/zero")
    (deployment.pipelines / "terminal.yaml").symlink_to("/dev/tty")
    with socket.socket(socket.AF_UNIX) as made:
        folder = os.open(deployment.pipelines, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{folder}/socket.yaml")
        os.close(folder)
    result = parser.parse(deployment, limit=20)
    assert result.dags == clean.dags
    for name in ("pipe", "zero", "terminal", "socket"):
        assert [line for line in result.problems if f"pipelines/{name}.yaml:1:1: YM21" in line], result.problems


@pytest.mark.parametrize("kind", ["file", "pipe", "folder"])
@pytest.mark.parametrize("place", ["templates/odd.yaml.j2", "schemas/steps/odd.json", "dags/callables/odd.py"])
def test_strange_things_beside_templates_and_schemas_lose_no_dag(
    place: str, kind: str, parser: Parser, deployment: Deployment, clean: Parsed
) -> None:
    odd = deployment.root / place
    if kind == "file":
        odd.write_bytes(b"\xff\x00\xfe")
    elif kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.mkdir()
    same(parser.parse(deployment), clean)


def test_a_file_that_is_deleted_between_listing_and_reading_is_gone(
    parser: Parser, deployment: Deployment, clean: Parsed
) -> None:
    deployment.add("gone", PIPELINE.format(name="gone"))
    prelude = """
import builtins, os
def deleting(real):
    def deleted_first(path, *arguments, **options):
        if str(path).endswith("pipelines/gone.yaml") and os.path.exists(path):
            os.unlink(path)
        return real(path, *arguments, **options)
    return deleted_first
os.open, builtins.open = deleting(os.open), deleting(builtins.open)
"""
    same(parser.parse(deployment, prelude), clean)
    assert not (deployment.pipelines / "gone.yaml").exists()


def test_a_folder_that_is_deleted_while_it_is_listed_is_gone(
    parser: Parser, deployment: Deployment, clean: Parsed
) -> None:
    for number in range(3):
        (deployment.pipelines / f"team-{number}").mkdir()
        (deployment.pipelines / f"team-{number}" / "a.txt").write_text("")
    prelude = """
import os, shutil
real = os.scandir
def scandir(path="."):
    if str(path).endswith("pipelines/team-1"):
        shutil.rmtree(path)
    return real(path)
os.scandir = scandir
"""
    same(parser.parse(deployment, prelude), clean)


# Clocks


@pytest.mark.parametrize(
    "clock",
    ["0", "-1e9", "real() + 1e9", "real() - 1e9", "real() + next(jumps)", "float('nan')", "1e30"],
)
def test_a_clock_that_jumps_changes_nothing(
    clock: str, parser: Parser, deployment: Deployment, clean: Parsed, cache: Path
) -> None:
    prelude = f"""
import itertools, mlpipelines, sys, types
import time as original
jumps = itertools.cycle([1e6, -1e8, 0, 5])
real = original.time
jumping = types.ModuleType("time")
jumping.__dict__.update(original.__dict__, time=lambda: {clock}, time_ns=lambda: int({clock}) * 10**9)
for name, module in list(sys.modules.items()):
    if name.startswith("mlpipelines") and getattr(module, "time", None) is original:
        module.time = jumping
"""
    for _ in range(3):
        same(parser.parse(deployment, prelude), clean)
    for path in [*cache.rglob("*"), *deployment.pipelines.rglob("*")]:
        os.utime(path, (0, 0))
    same(parser.parse(deployment, prelude), clean)
    same(parser.parse(deployment), clean)


@pytest.mark.parametrize(
    "place", ["pipelines/one.yaml", "pipelines/defaults.yaml", "templates/steps/prepare.yaml.j2", "pyproject.toml"]
)
def test_an_edit_counts_whatever_the_file_is_dated(
    place: str, parser: Parser, deployment: Deployment, clean: Parsed
) -> None:
    """Same size, same times: checkouts, archives and clocks that are set back make such files."""
    file = deployment.root / place
    edits = {
        "pipelines/one.yaml": ("k: 3,", "k: 4,"),
        "pipelines/defaults.yaml": ("us-east-2", "us-west-2"),
        "templates/steps/prepare.yaml.j2": ("retries", "retrieS"),
        "pyproject.toml": ("", ""),
    }
    if not file.exists():
        file.write_text('[tool.mlpipelines]\nselect = ["PL"]\n')
    old, new = edits[place]
    text, dates = file.read_text(), file.stat()
    if place == "templates/steps/prepare.yaml.j2":
        old, new = text[:1], "\n"
    before = parser.parse(deployment)
    parser.parse(deployment)
    assert old in text
    file.write_text(text.replace(old, new, 1))
    os.utime(file, ns=(dates.st_atime_ns, dates.st_mtime_ns))
    changed = parser.parse(deployment)
    fresh = parser.parse(deployment, MLPIPELINES_CACHE="off")
    same(changed, fresh)
    if place.startswith("pipelines"):
        assert changed.dags["one"] != before.dags["one"]
    file.write_text(text)
    os.utime(file, ns=(dates.st_atime_ns, dates.st_mtime_ns))
    same(parser.parse(deployment), before)


# Pushes while files are read


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Do something again and again."""
    ended = threading.Event()

    def again() -> None:
        while not ended.is_set():
            act()

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def written_in_pieces(file: Path, text: str, pause: float) -> None:
    """As editors and `scp` write: empty first, then a half, then all of it."""
    with file.open("w", encoding="utf-8") as stream:
        stream.flush()
        stream.write(text[: len(text) // 2])
        stream.flush()
        time.sleep(pause)
        stream.write(text[len(text) // 2 :])


def test_a_template_that_is_edited_while_parsing_loses_no_dag_and_leaves_nothing_behind(
    parser: Parser, deployment: Deployment, clean: Parsed, cache: Path
) -> None:
    for number in range(30):
        deployment.add(f"more-{number}", PIPELINE.format(name=f"more-{number}"))
    template = deployment.root / "templates" / "steps" / "prepare.yaml.j2"
    text = template.read_text()
    first = parser.parse(deployment, MLPIPELINES_CACHE="off")
    names = sorted(first.dags)
    versions = [text, text + "\n  # the same, but longer\n"]

    def edit() -> None:
        versions.reverse()
        written_in_pieces(template, versions[0], 0.002)
        time.sleep(first.seconds)

    with meanwhile(edit):
        for _ in range(6):
            result = parser.parse(deployment)
            assert sorted(result.dags) == names
            assert len(result.problems) == 1, result.problems
    same(parser.parse(deployment), parser.parse(deployment, MLPIPELINES_CACHE="off"))


def test_a_push_in_the_middle_of_a_parse_loses_no_dag(
    parser: Parser, deployment: Deployment, clean: Parsed, cache: Path
) -> None:
    repository = Repository(deployment.root)
    for number in range(60):
        deployment.add(f"more-{number}", PIPELINE.format(name=f"more-{number}"))
    repository.commit("first")
    first = parser.parse(deployment)
    names = set(first.dags)
    for number in range(60):
        text = PIPELINE.format(name=f"more-{number}").replace("k: 3", "k: 4")
        deployment.add(f"more-{number}", "\n" * 50 + text)
    (deployment.pipelines / "team").mkdir()
    (deployment.pipelines / "one.yaml").rename(deployment.pipelines / "team" / "one.yaml")
    repository.commit("second")
    pushes = [0]

    def push() -> None:
        pushes[0] += 1
        repository.git("checkout", "--quiet", "--force", ("first", "second")[pushes[0] % 2])
        time.sleep(first.seconds)

    with meanwhile(push):
        for _ in range(8):
            result = parser.parse(deployment)
            assert set(result.dags) == names
            assert len(result.problems) == 1, result.problems
    assert pushes[0] > 2
    for version in ("first", "second"):
        repository.git("checkout", "--quiet", "--force", version)
        same(parser.parse(deployment), parser.parse(deployment, MLPIPELINES_CACHE="off"))


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        (root / ".gitignore").write_text("cache\n")
        self.git("init", "--quiet")

    def commit(self, tag: str) -> None:
        self.git("add", "--all")
        self.git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--message", tag)
        self.git("tag", tag)

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True)


# Many


def test_five_broken_files_among_many_are_told_and_nothing_else(
    parser: Parser, deployment: Deployment, cache: Path
) -> None:
    for number in range(400):
        deployment.add(f"p{number}", PIPELINE.format(name=f"p{number}"))
    for number in (7, 77, 177, 277):
        deployment.add(f"p{number}", PIPELINE.format(name=f"p{number}").replace("algorithm: knn", "algorithm: kn"))
    for _ in ("cold", "warm"):
        result = parser.parse(deployment)
        assert len(result.dags) == 3 + 396
        assert list(result.errors) == ["invalid_pipelines.py"]
        told = sorted({line.partition(":")[0] for line in result.problems})
        assert told == ["pipelines/broken.yaml", *(f"pipelines/p{n}.yaml" for n in (177, 277, 7, 77))]


#: Each DAG file's time is over when so many files were compiled, or DAGs built.
OVER_AFTER = """
import mlpipelines.building, mlpipelines.project
from mlpipelines.time_limit import TimeLimit
done = []
def counted(real):
    def call(*arguments, **options):
        done.append(real)
        return real(*arguments, **options)
    return call
mlpipelines.{place} = counted(mlpipelines.{place})
begin = TimeLimit.__init__
TimeLimit.__init__ = lambda self, dag_file: (done.clear(), begin(self, dag_file))[1]
TimeLimit.is_over = lambda self: len(done) >= {count}
"""


def test_when_airflows_time_is_short_each_parse_gets_further(parser: Parser, deployment: Deployment) -> None:
    """Airflow would end the whole DAG file, and take all its DAGs for gone; and the next time again."""
    for number in range(60):
        deployment.add(f"p{number}", PIPELINE.format(name=f"p{number}"))
    short = OVER_AFTER.format(place="project.Project.compile_content", count=15)
    known: set[str] = set()
    for late in (34, 4):  # both DAG files compile, from both ends
        result = parser.parse(deployment, short)
        assert list(result.errors) == ["invalid_pipelines.py"]
        assert known < result.dags.keys(), "what there was is there, and more"
        known = set(result.dags)
        assert f"PL505: {late} of 64 pipelines are not loaded yet" in str(result.problems)
    result = parser.parse(deployment, short)
    assert len(result.dags) == 63
    assert len(result.problems) == 1, "the broken one, and nothing is late"


def test_a_dag_file_that_holds_dags_does_not_raise_for_want_of_time(
    parser: Parser, deployment: Deployment, clean: Parsed
) -> None:
    """Building alone takes too long: the other DAG file says it."""
    parser.parse(deployment)
    short = OVER_AFTER.format(place="building.build_dag", count=2)
    result = parser.parse(deployment, short)
    assert len(result.dags) == 2
    assert list(result.errors) == ["invalid_pipelines.py"]
    assert "PL505: 1 of 4 pipelines are not loaded yet" in result.problems[0]
    same(parser.parse(deployment), clean)


def test_the_time_is_that_of_airflows_settings(parser: Parser, deployment: Deployment, clean: Parsed) -> None:
    result = parser.parse(deployment, AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT="0.000001")
    assert result.dags == {}
    assert "PL505: 4 of 4 pipelines are not loaded yet" in result.problems[0]
    limits = ("AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT", "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT")
    same(parser.parse(deployment, limit=60, **dict.fromkeys(limits, "0")), clean)
