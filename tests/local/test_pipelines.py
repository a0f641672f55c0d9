"""SageMaker pipelines: definitions are checked, conditions really evaluated, everything else honestly not done."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.local.support import ROLE, Server, poll, refusal


def definition(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Version": "2020-12-01", "Metadata": {}, "Parameters": [], **more, "Steps": list(steps)}


def parameter(name: str, kind: str, *default: Any, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, **({"DefaultValue": default[0]} if default else {}), **more}


def fail(name: str, message: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def condition(name: str, conditions: Any, yes: Any = (), no: Any = (), **more: Any) -> dict[str, Any]:
    arguments = {"Conditions": conditions, "IfSteps": list(yes), "ElseSteps": list(no)}
    return {"Name": name, "Type": "Condition", "Arguments": arguments, **more}


def get(name: str) -> dict[str, str]:
    return {"Get": name}


def join(on: str, *values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


FINE = condition("fine", [compare("Equals", 1, 1)])


def create(server: Server, content: Any) -> str:
    name = f"p-{uuid.uuid4().hex[:8]}"
    text = content if isinstance(content, str) else json.dumps(content)
    server.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE)
    return name


def start(server: Server, pipeline: str, /, **parameters: str) -> str:
    given = [{"Name": key, "Value": value} for key, value in parameters.items()]
    answer = server.sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=given)
    return str(answer["PipelineExecutionArn"])


def execution(server: Server, arn: str) -> dict[str, Any]:
    return server.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)


def ended(server: Server, arn: str) -> dict[str, Any]:
    over = ("Succeeded", "Failed", "Stopped")
    return poll(lambda: execution(server, arn), lambda seen: seen["PipelineExecutionStatus"] in over, seconds=30)


def steps(server: Server, arn: str) -> dict[str, dict[str, Any]]:
    rows = server.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
    return {row["StepName"]: row for row in rows["PipelineExecutionSteps"]}


def test_an_execution_can_be_watched_and_ends(server: Server) -> None:
    name = create(server, definition(FINE))
    arn = start(server, name)
    assert execution(server, arn)["PipelineExecutionStatus"] == "Executing"
    assert steps(server, arn)["fine"]["StepStatus"] == "Executing"
    seen = ended(server, arn)
    assert (seen["PipelineExecutionStatus"], "FailureReason" in seen) == ("Succeeded", False)
    assert seen["LastModifiedTime"] > seen["CreationTime"]
    assert steps(server, arn)["fine"]["StepStatus"] == "Succeeded"
    [row] = server.sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    assert (row["PipelineExecutionArn"], row["PipelineExecutionStatus"]) == (arn, "Succeeded")
    [listed] = server.sagemaker.list_pipelines(PipelineNamePrefix=name)["PipelineSummaries"]
    assert listed["LastExecutionTime"] == row["StartTime"]


CONDITIONS: list[tuple[list[Any], str]] = [
    ([compare("Equals", "a", "a")], "True"),
    ([compare("Equals", 1, 1.0)], "True"),
    ([compare("Equals", True, 1)], "False"),
    ([compare("GreaterThan", 2, 1), compare("GreaterThan", 1, 1)], "False"),
    ([compare("GreaterThanOrEqualTo", 1, 1)], "True"),
    ([compare("LessThan", 1, 1)], "False"),
    ([compare("LessThanOrEqualTo", "a", "b")], "True"),
    ([{"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}], "True"),
    ([{"Type": "In", "QueryValue": "b", "Values": ["abc"]}], "False"),
    ([{"Type": "Not", "Expression": compare("Equals", 1, 2)}], "True"),
    ([{"Type": "Or", "Conditions": [compare("Equals", 1, 2), compare("Equals", 2, 2)]}], "True"),
    ([{"Type": "And", "Conditions": [compare("Equals", 1, 2), compare("Equals", 2, 2)]}], "False"),
    ([compare("Equals", join("-", "a", get("Parameters.k"), 1.5), "a-3-1.5")], "True"),
    (
        [compare("Equals", {"Std:Join": {"On": "", "Values": [{"Std:Join": {"On": "+", "Values": [1, 2]}}]}}, "1+2")],
        "True",
    ),
    ([compare("GreaterThan", get("Parameters.k"), 2)], "True"),
    ([compare("Equals", get("Parameters.on"), True)], "True"),
    ([{"Type": "In", "QueryValue": get("Parameters.name"), "Values": ["x", get("Parameters.name")]}], "True"),
]


def test_conditions_are_evaluated(server: Server) -> None:
    known = [parameter("k", "Integer", 1), parameter("on", "Boolean", False), parameter("name", "String")]
    each = [condition(f"c{number}", conditions) for number, (conditions, _) in enumerate(CONDITIONS)]
    arn = start(server, create(server, definition(*each, Parameters=known)), k="3", on="true", name="me")
    assert ended(server, arn)["PipelineExecutionStatus"] == "Succeeded"
    seen = steps(server, arn)
    outcomes = [seen[f"c{number}"]["Metadata"]["Condition"]["Outcome"] for number in range(len(CONDITIONS))]
    assert outcomes == [expected for _, expected in CONDITIONS]


def nested(depth: int) -> dict[str, Any]:
    """Condition steps inside each other; the innermost fails."""
    if depth == 0:
        return fail("bottom", join(" ", "reached with", get("Parameters.k")))
    return condition(f"level-{depth}", [compare("Equals", get("Parameters.k"), 7)], [nested(depth - 1)])


def test_steps_and_conditions_may_be_deeply_nested(server: Server) -> None:
    name = create(server, definition(nested(12), Parameters=[parameter("k", "Integer", 7)]))
    arn = start(server, name)
    assert ended(server, arn)["FailureReason"] == "Step failure: One or multiple steps failed."
    assert len(steps(server, arn)) == 13
    bottom = steps(server, arn)["bottom"]
    assert (bottom["StepStatus"], bottom["FailureReason"]) == ("Failed", "reached with 7")
    inner: dict[str, Any] = compare("Equals", 1, 1)
    for _ in range(31):
        inner = {"Type": "Not", "Expression": {"Type": "Or", "Conditions": [inner]}}
    arn = start(server, create(server, definition(condition("c", [inner]))))
    ended(server, arn)
    assert steps(server, arn)["c"]["Metadata"]["Condition"]["Outcome"] == "False"
    arn = start(server, name, k="8")
    assert ended(server, arn)["PipelineExecutionStatus"] == "Succeeded"
    assert list(steps(server, arn)) == ["level-12"]


def test_steps_run_in_the_order_of_their_needs(server: Server) -> None:
    later = condition("later", [compare("Equals", get("Steps.first.Outcome"), True)])
    last = condition("last", [compare("Equals", 1, 1)], DependsOn=["later"])
    arn = start(server, create(server, definition(last, later, condition("first", [compare("Equals", 1, 1)]))))
    assert ended(server, arn)["PipelineExecutionStatus"] == "Succeeded"
    assert list(steps(server, arn)) == ["first", "later", "last"]


def test_a_step_that_is_not_simulated_ends_the_execution_honestly(server: Server) -> None:
    train = {"Name": "train", "Type": "Training", "Arguments": {}}
    seen = ended(server, start(server, create(server, definition(FINE, train))))
    assert seen["PipelineExecutionStatus"] == "Failed"
    assert seen["FailureReason"].startswith("Not simulated by the local SageMaker: step train of type Training.")
    untaken = condition("c", [compare("Equals", 1, 2)], [train])
    assert ended(server, start(server, create(server, definition(untaken))))["PipelineExecutionStatus"] == "Succeeded"


def test_what_cannot_be_compared_fails_its_step(server: Server) -> None:
    arn = start(server, create(server, definition(condition("c", [compare("GreaterThan", "a", 1)]))))
    assert ended(server, arn)["PipelineExecutionStatus"] == "Failed"
    assert "cannot be compared" in steps(server, arn)["c"]["FailureReason"]


def test_an_execution_is_stopped_while_it_goes_on_and_not_later(server: Server) -> None:
    arn = start(server, create(server, definition(FINE)))
    server.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert execution(server, arn)["PipelineExecutionStatus"] == "Stopping"
    assert ended(server, arn)["PipelineExecutionStatus"] == "Stopped"
    assert steps(server, arn)["fine"]["StepStatus"] == "Stopped"
    code, text = refusal(lambda: server.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn))
    assert code == "ValidationException"
    assert "Only pipelines with 'Executing' status can be stopped" in text


def test_the_same_token_starts_one_execution(server: Server) -> None:
    name, token = create(server, definition(FINE)), "t" * 32
    request = {"PipelineName": name, "ClientRequestToken": token, "PipelineExecutionDisplayName": "mine"}
    one, again = (server.sagemaker.start_pipeline_execution(**request)["PipelineExecutionArn"] for _ in range(2))
    assert one == again
    assert execution(server, one)["PipelineExecutionDisplayName"] == "mine"


def test_parameters_are_those_of_the_definition_or_given(server: Server) -> None:
    known = [parameter("k", "Integer", 3), parameter("rate", "Float", 0.5), parameter("name", "String")]
    name = create(server, definition(FINE, Parameters=known))
    arn = start(server, name, name="x", k="5")
    listed = server.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {row["Name"]: row["Value"] for row in listed} == {"k": "5", "rate": "0.5", "name": "x"}
    shown = server.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert json.loads(shown["PipelineDefinition"])["Parameters"] == known
    with_choice = [parameter("size", "String", "s", EnumValues=["s", "m"])]
    for content, given, message in (
        (known, {}, "Parameters [name] do not have a default value"),
        (known, {"name": "x", "other": "1"}, "Parameters [other] are not defined"),
        (known, {"name": "x", "k": "many"}, "Parameter 'k' is of type Integer"),
        (with_choice, {"size": "xl"}, "must be one of ['s', 'm']"),
    ):
        made = create(server, definition(FINE, Parameters=content))
        code, text = refusal(lambda made=made, given=given: start(server, made, **given))  # type: ignore[misc]
        assert (code, message in text) == ("ValidationException", True), text


INVALID: list[tuple[Any, str]] = [
    ("{", "It is not JSON"),
    ("[]", "must be a JSON object"),
    (definition(FINE, Version="1"), "Version must be"),
    (definition(FINE, Stepz=[]), "Unknown member 'Stepz'"),
    (definition(), "Steps must be a list of steps"),
    (definition({"Name": "a b", "Type": "Fail"}), "needs a Name"),
    (definition({"Name": "a", "Type": "Fly"}), "unknown Type 'Fly'"),
    (definition({"Name": "a", "Type": "Fail"}), "needs an ErrorMessage"),
    (definition(condition("a", [])), "needs Conditions"),
    (definition(FINE, FINE), "must be unique"),
    (definition(condition("a", [compare("Equals", get("Parameters.x"), 1)])), "'x' is used but not defined"),
    (definition(condition("a", [compare("Equals", 1, 1)], DependsOn=["b"])), "the step 'b', which does not exist"),
    (definition(FINE, Parameters=[parameter("k", "Number")]), "must have a Type of"),
    (definition(FINE, Parameters=[parameter("k", "Integer", "3")]), "is not of type Integer"),
    (
        definition(
            condition("a", [compare("Equals", 1, 1)], DependsOn=["b"]),
            condition("b", [compare("Equals", 1, 1)], DependsOn=["a"]),
        ),
        "The steps a, b wait for each other",
    ),
]


@pytest.mark.parametrize(("content", "message"), INVALID, ids=range(len(INVALID)))
def test_an_invalid_definition_is_refused(server: Server, content: Any, message: str) -> None:
    code, text = refusal(lambda: create(server, content))
    assert (code, message in text) == ("ValidationException", True), text


def test_a_pipeline_is_described_changed_and_deleted(server: Server) -> None:
    sagemaker, name = server.sagemaker, create(server, definition(FINE))
    arn = sagemaker.describe_pipeline(PipelineName=name)["PipelineArn"]
    code, text = refusal(
        lambda: sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=json.dumps(definition(FINE)), RoleArn=ROLE
        )
    )
    assert (code, "already exists" in text) == ("ValidationException", True)
    place = {"Bucket": "lab", "ObjectKey": "pipelines/new.json"}
    server.put("pipelines/new.json", json.dumps(definition(fail("no", "no"))))
    sagemaker.update_pipeline(PipelineName=name, PipelineDefinitionS3Location=place, PipelineDescription="new")
    seen = sagemaker.describe_pipeline(PipelineName=arn)
    assert (seen["PipelineStatus"], seen["PipelineDescription"]) == ("Active", "new")
    assert '"no"' in seen["PipelineDefinition"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["b"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]
    run = start(server, name)
    assert refusal(lambda: sagemaker.delete_pipeline(PipelineName=name))[0] == "ConflictException"
    ended(server, run)
    sagemaker.delete_pipeline(PipelineName=name)
    code, text = refusal(lambda: sagemaker.describe_pipeline(PipelineName=name))
    assert (code, text) == ("ResourceNotFound", f"Pipeline '{arn}' does not exist.")
    assert refusal(lambda: start(server, name))[0] == "ResourceNotFound"
    assert refusal(lambda: execution(server, run))[0] == "ResourceNotFound"
