"""Files just under the limit of a megabyte, each made to keep one part of the checks busy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

#: What a file may have, less what stands around.
SIZE = 1_040_000
_TRAIN = (
    "{type: train, image: '123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1', output: 's3://b/o', "
    "channels: {train: 's3://b/t'}, instance_type: ml.m5.large"
)
HEAD = "name: large\n"


def _pieces(piece: Callable[[int], str], size: int = SIZE, most: int = 10**9) -> str:
    """Pieces one after another, as many as fit."""
    parts: list[str] = []
    left = size
    for number in range(most):
        part = piece(number)
        left -= len(part.encode())
        if left < 0:
            break
        parts.append(part)
    return "".join(parts)


def _steps(piece: Callable[[int], str], most: int = 10**9, before: str = "") -> str:
    return f"{HEAD}{before}steps:\n{_pieces(piece, SIZE - len(before), most)}"


def _train(fields: str, before: str = "") -> str:
    return f"{HEAD}{before}steps:\n  s: {_TRAIN}, {fields}}}\n"


def _text(size: int, unit: str) -> str:
    return unit * (size // len(unit))


def _long(unit: str, size: int = 60_000) -> str:
    return json.dumps(_text(size, unit))


def _fields_of_long_texts(unit: str) -> str:
    """Sixteen steps with a long text in each place that AWS has a pattern for."""
    long = _long(unit, 7_000)
    return _steps(
        lambda n: (
            f"  s{n}: {{type: train, image: {long}, role: {long}, output: {long}, name: {long}, "
            f"channels: {{train: {long}}}, instance_type: {long}, kms_key: {long}, volume_kms_key: {long}, "
            f"subnets: [{long}], security_groups: [{long}], checkpoints: {long}}}\n"
        )
    )


def _bare_requests(unit: str) -> str:
    long = _long(unit, 60_000)
    return _steps(
        lambda n: (
            f"  s{n}: {_TRAIN}, request: {{RoleArn: {long}, TrainingJobName: {long}, "
            f"OutputDataConfig: {{S3OutputPath: {long}, KmsKeyId: {long}}}, "
            f"ExperimentConfig: {{ExperimentName: {long}}}}}}}\n"
        )
    )


def _scheduled(schedule: str) -> str:
    return f"{HEAD}schedule: {json.dumps(schedule)}\nsteps: {{}}\n"


def _request(piece: Callable[[int], str], member: str = "{}", most: int = 10**9) -> str:
    return _train(f"request: {member.replace('{}', '{' + _pieces(piece, SIZE - 1000, most) + '}')}")


def _expressions(expression: str, count: int = 40) -> str:
    """As many metrics as AWS takes, in steps until the file is full."""

    def step(number: int) -> str:
        metrics = ", ".join(f"m{n}: {json.dumps(expression.replace('#', f'{number}x{n}'))}" for n in range(count))
        return f"  s{number}: {_TRAIN}, metrics: {{{metrics}}}}}\n"

    return _steps(step, most=300)


def _binary(levels: int) -> str:
    return "(" * levels + "1" + "+ 1)" * levels


def _nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + "1" + closing * depth


_S3 = "s3://bucket/" + "a/" * 500
LARGE: dict[str, Callable[[], str]] = {
    # Steps and their references.
    "many steps": lambda: _steps(lambda n: f"  s{n}: {_TRAIN}}}\n"),
    "2,000 steps": lambda: _steps(lambda n: f"  s{n}: {_TRAIN}}}\n", 2000),
    "2,000 steps with a mistake in each": lambda: _steps(lambda n: f"  s{n}: {_TRAIN}, feeld: 1}}\n", 2000),
    "2,000 steps with one mistake": lambda: _steps(
        lambda n: f"  s{n}: {_TRAIN}, environment: {{{', '.join(f'k{k}: v' for k in range(12))}}}{', x: 1' if n == 1000 else ''}}}\n", 2000
    ),
    "many short steps": lambda: _steps(lambda n: f"  s{n}: {{type: wait, for: 5m}}\n", 16000),
    "many models": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: m{n}}}\n", 16000),
    "many notebooks": lambda: _steps(lambda n: f"  s{n}: {{type: notebook, notebook: a.ipynb}}\n", 16000),
    "steps without a type": lambda: _steps(lambda n: f"  s{n}: {{}}\n", 49000),
    "steps of no type": lambda: _steps(lambda n: f"  s{n}: {{type: trian{n}}}\n", 24000),
    "steps without fields": lambda: _steps(lambda n: f"  s{n}: {{type: tune}}\n", 24000),
    "a chain": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: m, after: s{n - 1 if n else 1}}}\n", 12000),
    "a cycle of 2,000 steps": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: m, after: s{(n + 1) % 2000}}}\n", 2000
    ),
    "a chain of 2,000 steps": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: m, after: {f's{n - 1}' if n else '[]'}}}\n", 2000
    ),
    "everything after everything": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: m, after: [{', '.join(f's{k}' for k in range(n))}]}}\n", 300
    ),
    "references to nothing": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '${{tt{n}.name}}'}}\n", 16000),
    "near misses of steps": lambda: _steps(lambda n: f"  stepp{n}: {{type: delete_model, model: '${{step{n}.name}}'}}\n", 16000),
    "references to each other": lambda: _steps(
        lambda n: f"  s{n}: {{type: model, artifact: '${{s{n + 1}.artifact}}', image: '${{s{n}.image}}'}}\n", 12000
    ),
    "inherited from each other": lambda: _steps(
        lambda n: f"  s{n}: {{type: model, artifact: '${{s{n - 1}.artifact}}'}}\n"
        if n else f"  s0: {_TRAIN}}}\n", 16000
    ),
    "one text of many references": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: '{'${a.b}' * 10_000}'}}\n"
    ),
    "texts of open references": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{'${' * 30_000}'}}\n"),
    "references to results": lambda: _train(
        "arguments: [" + _pieces(lambda n: f"'${{s.metrics.a{n}:x}}', ") + "]"
    ),
    # Templates.
    "many templates": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{{{{ ds }}}}-{n}'}}\n", 16000),
    "different templates": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{{{{ d{n} }}}}'}}\n", 16000),
    "templates of params": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: '{{{{ params.p{n} }}}}'}}\n", 16000, "params: {p: 1}\n"
    ),
    "a text of templates": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{'{{ ds }}' * 8000}'}}\n"),
    "texts of open templates": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{'{{' * 32_000}'}}\n"),
    "texts of open statements": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{'{%' * 32_000}'}}\n"),
    "texts of open comments": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{'{#' * 32_000}'}}\n"),
    "closed templates only": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{'}}{{' * 16_000}'}}\n"),
    "templates and references": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: '{'${a.b}{{ds}}' * 4500}'}}\n"
    ),
    "a text of different templates": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: '"
        + "".join(f"{{{{ds+{n}}}}}" for n in range(n * 300, n * 300 + 300)) + "'}\n"
    ),
    "a deep expression": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: '{{{{ {_binary(90)} + {n} }}}}'}}\n"
    ),
    "branches": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: '" + "{% if a %}x{% else %}y{% endif %}" * 900 + "'}\n"
    ),
    "long powers": lambda: _steps(lambda n: f"  s{n}: {{type: delete_model, model: '{{{{ 9**9**9**{n} }}}}'}}\n", 16000),
    "a long range": lambda: _steps(
        lambda n: f"  s{n}: {{type: delete_model, model: '{{{{ range(10**{n})|list }}}}{{{{ \"x\" * 10**9 }}}}'}}\n"
    ),
    "templates in a request": lambda: _request(lambda n: f"k{n}: '{{{{ ds }}}}{n}', ", "{Environment: {}}", 12_000),
    "templates that double": lambda: _train(
        "name: '" + "{% set a = \"xx\" %}" + "{% set a = a ~ a %}" * 500 + "{{ a }}" + "'"
    ),
    # Lists and mappings.
    "a huge mapping in the request": lambda: _request(lambda n: f"k{n}: v, ", most=45_000),
    "a huge environment": lambda: _request(lambda n: f"k{n}: v, ", "{Environment: {}}", 45_000),
    "a huge environment of secrets": lambda: _request(
        lambda n: f"token{n}: {'aB3' * 20}, ", "{Environment: {}}", 12_000
    ),
    "a huge list in the request": lambda: _train(f"request: {{Tags: [{_pieces(lambda n: 'a, ', 130_000)}]}}"),
    "many tags": lambda: _train(
        f"request: {{Tags: [{_pieces(lambda n: f'{{Key: k{n}, Value: v}}, ', SIZE - 1000, 12_000)}]}}"
    ),
    "many tags in the field": lambda: _train("tags: {" + _pieces(lambda n: f"k{n}: v, ", SIZE - 1000, 40_000) + "}"),
    "the same tag": lambda: _train(
        f"request: {{Tags: [{_pieces(lambda n: '{Key: k, Value: v}, ', SIZE - 1000, 12_000)}]}}"
    ),
    "10,000 channels": lambda: _train("channels: {" + _pieces(lambda n: f"c{n}: 's3://b/{n}', ", SIZE - 1000, 10_000) + "}")
    .replace("channels: {train: 's3://b/t'}, ", ""),
    "10,000 channels in the request": lambda: _train(
        "request: {InputDataConfig: ["
        + _pieces(lambda n: f"{{ChannelName: c{n}, DataSource: {{S3DataSource: {{S3Uri: 's3://b/{n}'}}}}}}, ", SIZE - 900, 9000)
        + "]}"
    ),
    "unknown hyperparameters in a request": lambda: (
        f"{HEAD}steps:\n  s: {{type: train, algorithm: xgboost, channels: {{train: 's3://b/t'}}, instance_type: ml.m5.large, "
        f"request: {{HyperParameters: {{{_pieces(lambda n: f'num_roundd{n}: {n}, ', SIZE - 1000, 45_000)}}}}}}}\n"
    ),
    "unknown hyperparameters": lambda: (
        f"{HEAD}steps:\n  s: {{type: train, algorithm: xgboost, channels: {{train: 's3://b/t'}}, instance_type: ml.m5.large, "
        f"hyperparameters: {{{_pieces(lambda n: f'num_roundd{n}: {n}, ', SIZE - 1000, 45_000)}}}}}\n"
    ),
    "unknown hyperparameters in many steps": lambda: _steps(
        lambda n: (
            f"  s{n}: {{type: train, algorithm: xgboost, channels: {{train: 's3://b/t'}}, instance_type: ml.m5.large, "
            f"hyperparameters: {{{', '.join(f'num_roundd{n}x{k}: 1' for k in range(100))}}}}}\n"
        ),
        450,
    ),
    "ranges": lambda: (
        f"{HEAD}steps:\n  s: {{type: tune, algorithm: xgboost, channels: {{train: 's3://b/t'}}, instance_type: ml.m5.large, "
        f"minimize: 'validation:rmse', max_jobs: 3, ranges: {{{_pieces(lambda n: f'p{n}: {{integer: [1, 2]}}, ', SIZE - 1000, 9000)}}}}}\n"
    ),
    "unknown fields": lambda: _train(_pieces(lambda n: f"feeld{n}: x, ", SIZE - 1000, 45_000)),
    "unknown fields in many steps": lambda: _steps(
        lambda n: f"  s{n}: {{type: train, " + ", ".join(f"instance_tpe{k}: x" for k in range(50)) + "}\n", 900
    ),
    "long unknown fields": lambda: _train(_pieces(lambda n: f"{'instance_type' * 70}{n}: x, ", SIZE - 1000)),
    "unknown fields at the top": lambda: HEAD + _pieces(lambda n: f"stepps{n}: x\n", SIZE, 45_000),
    "unknown members": lambda: _request(lambda n: f"TrainingJobNam{n}: v, "),
    "long unknown members": lambda: _request(lambda n: f"{'TrainingJobName' * 60}{n}: v, "),
    "long enums": lambda: _steps(lambda n: f"  s{n}: {{type: train, instance_type: '{'ml.m5.' * 5000}'}}\n"),
    "many wrong instance types": lambda: _steps(lambda n: f"  s{n}: {_TRAIN}{n}}}\n"),
    "wrong algorithms": lambda: _steps(lambda n: f"  s{n}: {{type: train, algorithm: {'xgboost' * 9}{n}}}\n"),
    "duplicate keys": lambda: HEAD + _pieces(lambda n: "a: 1\n", SIZE, 45_000),
    "repeated items": lambda: _train(f"instance_type: [{_pieces(lambda n: f'ml.m{n}.large, ', SIZE, 40_000)}]").replace(
        "instance_type: ml.m5.large, ", ""
    ),
    "many subnets": lambda: _train(
        f"subnets: [{_pieces(lambda n: f'subnet-{n:08d}, ', SIZE - 1000, 40_000)}], security_groups: [sg-1]"
    ),
    "long lists of long texts": lambda: _train(f"command: [{_pieces(lambda n: chr(39) + 'x' * 30_000 + chr(39) + ', ')}]"),
    "numbers": lambda: _train(f"request: {{Environment: [{_pieces(lambda n: f'{n}, ', SIZE, 45_000)}]}}"),
    "huge numbers": lambda: _train(f"request: {{RetryStrategy: [{_pieces(lambda n: '9' * 399 + ', ', SIZE)}]}}"),
    "numbers of a megabyte": lambda: HEAD + f"retries: {'9' * 60_000}\nx: {'0' * 65_000}\ny: 0x{'f' * 60_000}\nz: 1e{'9' * 60_000}\n",
    "fractions": lambda: HEAD + _pieces(lambda n: f"k{n}: {'9' * 5000}.{'9' * 5000}e{'0' * 3000}\n"),
    "deep lists": lambda: HEAD + "x: " + _nested("[", "]", 500_000) + "\n",
    "deep mappings": lambda: HEAD + "x: " + _nested("{a: ", "}", 200_000) + "\n",
    "lists as deep as they may be": lambda: HEAD + "x:\n" + _pieces(lambda n: f"- {_nested('[', ']', 36)}\n", SIZE, 1300),
    "mappings as deep as they may be": lambda: _train(
        "request: {Environment: [" + _pieces(lambda n: _nested("{a: ", "}", 34) + ",\n", SIZE - 1000, 1350) + "]}"
    ),
    "deep json": lambda: _train(
        "hyperparameters: {" + _pieces(lambda n: f"p{n}: {{json: {_nested('[', ']', 33)}}},\n", SIZE - 1000, 1350) + "}"
    ),
    "wide json": lambda: _train("hyperparameters: {p: {json: [" + _pieces(lambda n: f"{n}, ", SIZE - 1000, 45_000) + "]}}"),
    # Aliases, variables, defaults.
    "aliases": lambda: HEAD + f"x: &a [{'1,' * 900}]\ny: [{'*a, ' * 54}]\n",
    "billion laughs": lambda: HEAD + "a0: &a0 [1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
    ),
    "aliases of deep values": lambda: HEAD + f"x: &a {_nested('[', ']', 37)}\ny: [{'*a, ' * 1200}]\n",
    "aliases of long texts": lambda: f"{HEAD}x: &a {'x' * 60_000}\nsteps:\n" + "".join(
        f"  s{n}: {{type: train, image: *a, output: *a, role: *a, instance_type: *a}}\n" for n in range(5000)
    ),
    "aliases of channels": lambda: f"{HEAD}steps:\n  s: {_TRAIN}, tags: &a {{{', '.join(f'k{n}: v' for n in range(900))}}}}}\n" + "".join(
        f"  s{n}: {_TRAIN}, tags: *a}}\n" for n in range(40)
    ),
    "many anchors": lambda: HEAD + "x:\n" + _pieces(lambda n: f"- &a{n} x\n", SIZE, 45_000),
    "variables in variables": lambda: f"{HEAD}vars: {{a: {'x' * 60_000}}}\nsteps:\n" + _pieces(
        lambda n: f"  s{n}: {{type: delete_model, model: '{'${vars.a}' * 5}'}}\n", SIZE - 70_000
    ),
    "variables that are large": lambda: f"{HEAD}vars: {{a: [{'x, ' * 5000}]}}\nsteps:\n" + _pieces(
        lambda n: f"  s{n}: {{type: delete_model, model: '${{vars.a}}'}}\n", SIZE - 70_000
    ),
    "many unknown variables": lambda: f"{HEAD}vars: {{{', '.join(f'variable{n}: 1' for n in range(250))}}}\nsteps:\n" + _pieces(
        lambda n: f"  s{n}: {{type: delete_model, model: '${{vars.varible{n}}}'}}\n", SIZE - 70_000
    ),
    "many variables in use": lambda: f"{HEAD}vars: {{a: 1}}\nsteps:\n" + _pieces(
        lambda n: f"  s{n}: {{type: delete_model, model: '{'${vars.a}' * 6000}'}}\n", SIZE - 70_000
    ),
    "large defaults": lambda: _steps(
        lambda n: f"  s{n}: {_TRAIN}}}\n", before=f"defaults: {{tags: {{{', '.join(f'k{n}: v{n}' for n in range(9000))}}}}}\n"
    ),
    "large defaults of an environment": lambda: _steps(
        lambda n: f"  s{n}: {_TRAIN}}}\n", 3000,
        before=f"defaults: {{train: {{environment: {{{', '.join(f'k{n}: v{n}' for n in range(300))}}}}}}}\n",
    ),
    "defaults up to the limit": lambda: _steps(
        lambda n: f"  s{n}: {_TRAIN}}}\n", 160,
        before=f"defaults: {{train: {{environment: {{{', '.join(f'k{n}: v{n}' for n in range(3500))}}}}}}}\n",
    ),
    # Texts against patterns and forms.
    **{
        f"long texts of {unit!r}": partial(_fields_of_long_texts, unit)
        for unit in ("a", "a-", "-", "/", "arn:aws:", "s3://", "a.", ":", "é", "1", "a b", "\\u0000", "arn:aws:iam::123456789012:role/")
    },
    **{
        f"requests of {unit!r}": partial(_bare_requests, unit)
        for unit in ("a", "a-", "arn:aws:sagemaker:", "s3://a/", " ")
    },
    "long S3 URIs": lambda: _steps(lambda n: f"  s{n}: {_TRAIN}, checkpoints: '{_S3}{n}'}}\n"),
    "secrets": lambda: _request(
        lambda n: f"p{n}: '{'eyJ' + 'a' * 3000}', q{n}: '{'://a:' * 700}', r{n}: '{'AKIA' * 1500}', ", "{Environment: {}}"
    ),
    "almost private keys": lambda: _request(
        lambda n: f"p{n}: '{'-----BEGIN A A A ' * 3500}', ", "{Environment: {}}"
    ),
    "secret arguments": lambda: _train(f"arguments: [{_pieces(lambda n: f'--password={n}, ', SIZE - 1000, 45_000)}]"),
    "urls of many parts": lambda: _request(lambda n: f"p{n}: '{'://a' * 15_000}', ", "{Environment: {}}"),
    # Regular expressions.
    "nested repetitions": lambda: _expressions("#(a{1000}){1000}"),
    "deeper repetitions": lambda: _expressions("#((((a{99}){99}){99}){99}){99}"),
    "catastrophic expressions": lambda: _expressions("#(a+)+(a+)+(a+)+$"),
    "alternatives": lambda: _expressions("#(" + "|".join(f"a{n}" for n in range(100)) + ")"),
    "classes": lambda: _expressions("#([" + "".join(chr(0x400 + 2 * n) for n in range(400)) + "])"),
    "classes of all": lambda: _expressions("(?i)#(" + "[\\u0100-\\uffff]" * 30 + ")".replace("\\u", "\\\\u")),
    "lookbehinds": lambda: _expressions("#" + "(?<=a)" * 70),
    "open brackets": lambda: _expressions("#" + "(" * 490),
    "closed brackets": lambda: _expressions("#" + "(" * 240 + ")" * 240),
    "long expressions": lambda: _expressions("#(" + "a?" * 30_000 + ")", 2),
    "metrics": lambda: _train("metrics: {" + _pieces(lambda n: f"m{n}: 'a{n}=([0-9]+)', ", SIZE - 1000, 40_000) + "}"),
    "patterns of params": lambda: f"{HEAD}params:\n" + _pieces(
        lambda n: f"  p{n}: {{default: '{'a' * 40}!', type: string, pattern: '^(a{{1,9}}|aa)*(b|{n})$'}}\n"
    ) + "steps: {}\n",
    "endless patterns of params": lambda: f"{HEAD}params:\n" + "".join(
        f"  p{n}: {{default: '{'a' * 60}!', type: string, pattern: '{pattern}'}}\n"
        for n, pattern in enumerate(("^(a|a)*$", "^(a|aa)+$", "^a*a*a*a*a*a*a*a*$", "^(a*|b)*c", "(.*)*x", "((a)*)*b", "(?:a?){99}b"))
    ) + "steps: {}\n",
    "huge patterns of params": lambda: f"{HEAD}params:\n" + _pieces(
        lambda n: f"  p{n}: {{default: a, type: string, pattern: '{n}(((a{{99}}){{99}}){{99}}){{99}}'}}\n"
    ) + "steps: {}\n",
    "params of slow schemas": lambda: f"{HEAD}params:\n" + _pieces(
        lambda n: f"  p{n}: {{default: [1, 1], type: array, uniqueItems: true}}\n"
    ) + "steps: {}\n",
    "a default of unique items": lambda: f"{HEAD}params: {{p: {{type: array, uniqueItems: true, default: [{_pieces(lambda n: f'[{n}], ', SIZE - 1000, 20_000)}]}}}}\nsteps: {{}}\n",
    "schemas in schemas": lambda: f"{HEAD}params: {{p: {{default: {_nested('[', ']', 30)}, "
    + "anyOf: [{items: " * 12 + "{}" + "}, {items: {}}]" * 12 + "}}\nsteps: {}\n",
    "a schema of many": lambda: f"{HEAD}params: {{p: {{default: [{'1, ' * 15_000}], items: {{anyOf: [{'{type: string}, ' * 9000}{{}}]}}}}}}\nsteps: {{}}\n",
    "formats": lambda: f"{HEAD}params:\n" + "".join(
        f"  p{n}: {{default: '{unit * (60_000 // len(unit))}', type: string, format: {form}}}\n"
        for n, (form, unit) in enumerate(
            (form, unit)
            for form in ("email", "ipv6", "date", "date-time", "uri", "regex", "hostname", "idn-email", "duration", "uuid", "time", "json-pointer")
            for unit in ("a.",)
        )
    ) + "steps: {}\n",
    "regexes as defaults": lambda: f"{HEAD}params:\n" + _pieces(
        lambda n: f"  p{n}: {{default: '(((a{{99}}){{99}}){{99}}){n}', type: string, format: regex}}\n"
    ) + "steps: {}\n",
    "many params": lambda: f"{HEAD}params: {{{_pieces(lambda n: f'p{n}: 1, ', SIZE - 1000, 45_000)}}}\nsteps: {{}}\n",
    "many full params": lambda: f"{HEAD}params: {{{_pieces(lambda n: f'p{n}: {{default: 1, type: integer}}, ', SIZE - 1000, 15_000)}}}\nsteps: {{}}\n",
    # Schedules.
    **{
        f"schedule {number}": partial(_scheduled, text)
        for number, text in enumerate((
            "0-59/1," * 9000 + " * * * *", "*/1" * 9000, "* " * 30_000, "9" * 60_000 + " * * * *", "@" * 60_000,
            "0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "1-" * 9000 + " * * * *", "* * * * * * *", "L L L L L", "0 0 * * 1#9",
            "R R R R R", "H H H H H", "0 0 1 1 * 0 2099", "0 0 29 2 1#5", "0-59/0 * * * *", "100h", "9" * 4000 + "d",
        ))
    },
    "dates": lambda: f"{HEAD}schedule: '@daily'\nstart_date: '{'2026-01-01' * 6000}'\nend_date: '{'9' * 60_000}'\ntimezone: '{'../' * 20_000}'\nsteps: {{}}\n",
    "time zones": lambda: f"{HEAD}schedule: '@daily'\nstart_date: '9999-99-99'\ntimezone: '../../../../etc/passwd'\nsteps: {{}}\n",
    "assets": lambda: f"{HEAD}schedule: {{assets: [{_pieces(lambda n: f's3://b/{n}, ', SIZE - 1000, 45_000)}]}}\nsteps: {{}}\n",
    "durations": lambda: _steps(lambda n: f"  s{n}: {{type: wait, for: {'9' * 3000}m}}\n", 3000),
    "many spaces": lambda: _steps(lambda n: f"  s{n}: {{type: train, max_runtime: '{' ' * 60_000}', timeout: '1{' ' * 60_000}x'}}\n"),
    "images": lambda: _steps(lambda n: f"  s{n}: {{type: model, artifact: a, image: '{'123456789012.dkr.ecr.' * 3000}'}}\n"),
    # Comments.
    "comments that ignore": lambda: HEAD + "steps:\n" + _pieces(lambda n: f"  s{n}: # mlpipelines: ignore[SM812] r\n"),
    "comments that ignore nothing": lambda: HEAD + "steps:\n" + _pieces(lambda n: f"# mlpipelines: ignore[XX{n}] r\n"),
    "comments of many rules": lambda: HEAD + f"x: 1 # mlpipelines: ignore[{'SM812,' * 170_000}] r\n",
    "comments in a row": lambda: HEAD + f"x: 1 {'# mlpipelines: ignore[SM812] r ' * 30_000}\n",
    "comments of spaces": lambda: HEAD + "".join(f"x{n}: 1 #{' ' * 3000}mlpipelines{' ' * 3000}:{' ' * 3000}\n" for n in range(100)),
    "comments of hashes": lambda: HEAD + f"x: 1 mlpipelines {'# ' * 500_000}\n",
    "comments in texts": lambda: HEAD + "x: |\n" + "".join(f"  # mlpipelines: ignore[SM{n}] r\n" for n in range(1500)) + "steps: {}\n",
    "comments of whole file": lambda: _pieces(lambda n: f"# mlpipelines: ignore[SM812] {n}\n", SIZE - 100) + HEAD + "steps: {}\n",
    # One long line.
    "one line of problems": lambda: "{name: x, steps: {" + _pieces(lambda n: f"s{n}: {{type: trian}}, ", SIZE - 100) + "}}\n",
    "one line of unknown fields": lambda: "{name: x, steps: {}, " + _pieces(lambda n: f"ff{n}: 'a{n}', ", SIZE - 100, 45_000) + "}\n",
    "one line of unreadable YAML": lambda: "{" * 1_000_000,
    "one line of quotes": lambda: "name: " + "\"'" * 500_000,
    "one line of tags": lambda: "name: " + "!a " * 330_000,
    "one line of aliases": lambda: "name: [" + "*a, " * 250_000 + "]",
    "one line of colons": lambda: ": " * 500_000,
    "one line of dashes": lambda: "- " * 500_000,
    "one line of dashes in a text": lambda: "name: a" + " -b" * 20_000,
    "lines of dashes in texts": lambda: HEAD + _pieces(lambda n: f"k{n}: a\n  -b\n  -c\n", SIZE, 20_000),
    "lines of long texts": lambda: HEAD + _pieces(lambda n: f"k{n}: {'a -' * 20_000}\n"),
    "one line of question marks": lambda: "? " * 500_000,
    "one line of percent": lambda: "%" * 1_000_000,
    "spaces": lambda: " " * 1_000_000,
    "tabs": lambda: "\t" * 1_000_000,
    "line breaks": lambda: "\n" * 1_000_000,
    "other line breaks": lambda: "\x85" * 500_000,
    "documents": lambda: "---\n" * 250_000,
    "quotes over lines": lambda: HEAD + "x: '" + "\n" * 900_000,
    "indentation": lambda: "".join(f"{' ' * n}a:\n" for n in range(1400)),
    "not closed": lambda: HEAD + "".join(f"k{n}: [\n" for n in range(100_000)),
    "a conflict at the end": lambda: HEAD + "x: [\n" * 100_000 + "<<<<<<< a\n",
    "blank before a mistake": lambda: HEAD + "\n" * 900_000 + "x: y: z\n",
    "indented lines": lambda: HEAD + "x:\n" + "".join(f"{' ' * 1000}a{n}: 1\n" for n in range(900)) + " b: 1\n",
    "nbsp": lambda: HEAD + _pieces(lambda n: f"k{n}: a:\u00a0b\n", SIZE, 40_000),
    "octals": lambda: HEAD + _pieces(lambda n: f"k{n}: 0{n}7\n", SIZE, 45_000),
    "words of YAML 1.1": lambda: _train("environment: {" + _pieces(lambda n: f"k{n}: yes, ", SIZE - 1000, 40_000) + "}"),
    "long keys": lambda: HEAD + _pieces(lambda n: f"? {'k' * 50_000}{n}\n: 1\n"),
    "long names": lambda: f"name: {'a' * 60_000}\nsteps:\n" + _pieces(lambda n: f"  {'s' * 1000}{n}: {{type: delete_model, model: a}}\n", SIZE - 61_000),
    "long step names": lambda: _steps(lambda n: f"  {'s' * 200}{n}: {_TRAIN}, name: 'a-{{{{ ti.task_id }}}}'}}\n"),
    # Data and functions.
    "columns": lambda: f"{HEAD}steps:\n  s: {{type: prepare, dataset: 'https://h/a.csv', target: a, columns: [{_pieces(lambda n: f'c{n}, ', SIZE - 1000, 45_000)}]}}\n",
    "equal columns": lambda: f"{HEAD}steps:\n  s: {{type: prepare, dataset: 'https://h/a.csv', target: a, columns: [{_pieces(lambda n: 'c, ', SIZE - 1000, 45_000)}]}}\n",
    "classes of a target": lambda: f"{HEAD}steps:\n  s: {{type: prepare, dataset: 'https://h/a.csv', target: a, classes: {{{_pieces(lambda n: f'c{n}: {n}, ', SIZE - 1000, 45_000)}}}}}\n",
    "columns in use": lambda: (
        f"{HEAD}steps:\n  s: {{type: prepare, dataset: 'https://h/a.csv', target: c1, columns: [{', '.join(f'c{n}' for n in range(3000))}], "
        f"select: [{', '.join(f'd{n}' for n in range(3000))}], rename: {{{', '.join(f'e{n}: f{n}' for n in range(1000))}}}, "
        f"missing: {{{', '.join(f'g{n}: drop' for n in range(2000))}}}}}\n"
    ),
    "splits": lambda: f"{HEAD}steps:\n  s: {{type: prepare, dataset: 'https://h/a.csv', target: a, split: {{{_pieces(lambda n: f'c{n}: 0.0001, ', SIZE - 1000, 45_000)}}}}}\n",
    "arguments of a function": lambda: f"{HEAD}steps:\n  s: {{type: python, function: example.f, arguments: {{{_pieces(lambda n: f'c{n}: {n}, ', SIZE - 1000, 45_000)}}}}}\n",
    "functions": lambda: _steps(lambda n: f"  s{n}: {{type: python, function: 'os.system{n}', arguments: {{a: 1}}}}\n"),
    "code outside": lambda: _steps(lambda n: f"  s{n}: {{type: process, script: '{'../' * 300}etc/passwd{n}', image: a, instance_type: ml.m5.large}}\n"),
    "conditions": lambda: _steps(lambda n: f"  s{n}: {{type: condition, if: ['${{s{n}.a}}', '>=', {n}], then: s{n + 1}, else: s{n - 1}}}\n"),
    "outputs": lambda: f"{HEAD}steps:\n  s: {{type: process, image: '123456789012.dkr.ecr.us-east-2.amazonaws.com/o:1', instance_type: ml.m5.large, outputs: {{{_pieces(lambda n: f'o{n}: null, ', SIZE - 1000, 40_000)}}}}}\n",
}  # fmt: skip


def large_files(names: Iterable[str] = ()) -> dict[str, str]:
    chosen: Any = names or LARGE
    return {name: LARGE[name]() for name in chosen}
