"""The hook tools refuse what Juju refuses."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

import ops.hookcmds
import pytest
from rig import hook_secrets, hook_tools
from rig.context import Context, Hook, Task
from rig.errors import JujuError
from rig.model import App, Model, Relation, Unit
from rig.spec import CharmSpec, Endpoint, Option

SERVER = Endpoint("server", "provider", "tiny", None)
CLIENT = Endpoint("client", "requirer", "tiny", 1)
SPEC = CharmSpec(
    name="tiny",
    user=170,
    options={
        "greeting": Option("greeting", "string", "hello", ""),
        "count": Option("count", "int", None, ""),
    },
    actions={},
    endpoints={"server": SERVER, "client": CLIENT},
    containers={},
    resources=(),
)


@pytest.fixture
def model() -> Model:
    """Two applications, `near` with two units, related as server and client."""
    model = Model("here")
    for name, count in (("near", 2), ("far", 1)):
        app = App(name, SPEC, pathlib.Path(), 0, {}, {}, leader=0)
        app.units = {n: Unit(n, app, address=f"10.152.0.{n + 2}") for n in range(count)}
        model.apps[name] = app
    relation = Relation(1, {"near": SERVER, "far": CLIENT})
    relation.in_scope = {"near/0", "near/1", "far/0"}
    relation.settings = {"far/0": {"host": "there"}, "far": {"of": "all"}}
    model.relations[1] = relation
    for unit in ("near/0", "near/1"):
        model.unit(unit).members = {1: ["far/0"]}
    model.unit("far/0").members = {1: ["near/0", "near/1"]}
    return model


def hook(
    model: Model, unit: str = "near/0", name: str = "update-status", **options: Any
) -> Context:
    """Return the context of a hook."""
    return Context(model, model.unit(unit), Hook(name, **options))


def call(context: Context, tool: str, *argv: str, stdin: str = "") -> Any:
    """Call a tool that prints JSON."""
    return json.loads(hook_tools.call(context, tool, [*argv, "--format=json"], stdin))


def refused(context: Context, tool: str, *argv: str, stdin: str = "") -> str:
    """Call a tool that refuses and return what it says."""
    with pytest.raises(JujuError) as caught:
        hook_tools.call(context, tool, list(argv), stdin)
    return str(caught.value)


def test_all_of_ops() -> None:
    """Every tool that ops calls is there, but for metrics, which Juju no longer has."""
    source = pathlib.Path(ops.hookcmds.__file__).parent
    called = {
        tool
        for path in source.glob("_*.py")
        for tool in re.findall(r"run\(\s*'([a-z-]+)'", path.read_text())
    }
    assert len(called) > 20
    assert called <= set(hook_tools.TOOLS)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["leader-get"], "leader-get is no hook tool"),
        (["is-leader", "--loud"], "unrecognized arguments: --loud"),
        (["is-leader", "--form=json"], "unrecognized arguments: --form=json"),
        (["is-leader", "--format=xml"], "invalid choice: 'xml'"),
        (["config-get", "nosuch"], 'no option "nosuch"'),
        (["status-set", "unknown"], "invalid choice: 'unknown'"),
        (["status-set", "--application=perhaps", "active"], "invalid boolean value"),
        (["open-port", "0/tcp"], '"0/tcp" is not a port'),
        (["open-port", "70000/tcp"], '"70000/tcp" is not a port'),
        (["open-port", "502"], '"502" is not a port'),
        (["action-get"], "not running an action"),
        (["network-get", "nosuch"], 'binding "nosuch"'),
        (["relation-ids", "nosuch"], 'no endpoint "nosuch"'),
        (["relation-list", "-r", "9"], "relation not found"),
        (["relation-list", "-r", "client:1"], "relation not found"),
        (["relation-list"], "no relation id specified"),
        (["relation-get", "-r", "1", "-", "other/0"], "permission denied"),
        (["relation-get", "-r", "1", "-", "far/7"], "unit not in relation"),
        (["relation-set", "-r", "1", "host"], 'expected "key=value"'),
        (["storage-get", "location"], "no storage"),
        (["secret-get", "secret:nosuch"], "not found"),
        (["secret-add", "to=short"], 'key "to" is not valid'),
    ],
)
def test_refusals(model: Model, words: list[str], text: str) -> None:
    """Unknown tools, flags, names and values are errors that say what is wrong."""
    assert text in refused(hook(model), *words)


def test_config(model: Model) -> None:
    """Defaults are filled in; an option with neither value nor default is absent."""
    assert call(hook(model), "config-get") == {"greeting": "hello"}
    model.app("near").config["count"] = 3
    assert call(hook(model), "config-get", "count") == 3


def test_words_for_people(model: Model) -> None:
    """Without a format, tools print what people read."""
    context = hook(model)
    hook_tools.call(context, "open-port", ["80/tcp", "502/tcp"])
    assert hook_tools.call(context, "opened-ports", []) == "502/tcp\n80/tcp\n"
    assert hook_tools.call(context, "config-get", ["greeting"]) == "hello\n"
    assert hook_tools.call(context, "is-leader", []) == "True\n"


def test_status(model: Model) -> None:
    """A unit sets its own status at once; only the leader sets the application's."""
    hook_tools.call(hook(model), "status-set", ["--application=False", "active", "--", "-", "ok"])
    assert model.unit("near/0").workload.message == "- ok"
    hook_tools.call(hook(model), "status-set", ["--application=True", "blocked"])
    assert model.app("near").status.current == "blocked"
    said = refused(hook(model, "near/1"), "status-set", "--application=true", "active")
    assert said == "this unit is not the leader"


def test_writes_wait_for_success(model: Model) -> None:
    """What a hook writes is its own until it ends well."""
    context, relation = hook(model), model.relations[1]
    text = json.dumps({"host": "here", "gone": ""})
    hook_tools.call(context, "relation-set", ["-r", "server:1", "--file", "-"], text)
    hook_tools.call(context, "open-port", ["502/tcp"])
    assert call(context, "relation-get", "-r", "1", "-", "near/0") == {"host": "here"}
    assert (relation.settings.get("near/0"), model.unit("near/0").ports) == (None, set())
    assert context.commit() == [(relation, "near/0")]
    assert relation.settings["near/0"] == {"host": "here"}
    assert model.unit("near/0").ports == {"502/tcp"}
    assert hook(model).commit() == []


def test_databags_of_applications(model: Model) -> None:
    """Only the leader reads and writes its application's databag; the other's is open to read."""
    leader, follower = hook(model), hook(model, "near/1")
    hook_tools.call(leader, "relation-set", ["-r", "1", "--app", "of=us"])
    assert call(leader, "relation-get", "-r", "1", "--app", "of", "near") == "us"
    assert call(follower, "relation-get", "-r", "1", "--app", "of", "far") == "all"
    assert "not the leader" in refused(follower, "relation-set", "-r", "1", "--app", "of=us")
    assert (
        refused(follower, "relation-get", "-r", "1", "--app", "-", "near") == "permission denied"
    )


def test_settings_are_strings(model: Model) -> None:
    """A databag takes strings and nothing else."""
    said = refused(hook(model), "relation-set", "-r", "1", "--file", "-", stdin='{"port": 502}')
    assert said == "settings must be a mapping of strings to strings"


def test_departing_unit(model: Model) -> None:
    """A departing unit is not listed, but its databag can still be read."""
    model.unit("near/0").members[1].remove("far/0")
    context = hook(
        model, name="server-relation-departed", relation=1, remote_unit="far/0", remote_app="far"
    )
    assert call(context, "relation-list", "-r", "server:1") == []
    assert call(context, "relation-get") == {"host": "there"}
    assert call(context, "relation-list", "--app") == "far"


@pytest.mark.parametrize("key", ["Upper", "under_score", "-dash", "dash-", "a..b", "", "stdout"])
def test_keys_of_results(model: Model, key: str) -> None:
    """A result's key has Juju's syntax and is none of Juju's own."""
    context = Context(model, model.unit("near/0"), Hook(""), Task("1", "act", {}))
    assert refused(context, "action-set", f"{key}=value")
    assert context.task is not None
    assert context.task.results == {}


def test_action(model: Model) -> None:
    """An action reads its parameters, and gives nested results, a log and a failure."""
    task = Task("1", "act", {"text": "ha"})
    context = Context(model, model.unit("near/0"), Hook(""), task)
    assert call(context, "action-get") == {"text": "ha"}
    hook_tools.call(context, "action-set", ["a.b=1", "a.c=x=y"])
    hook_tools.call(context, "action-log", ["--", "-v"])
    hook_tools.call(context, "action-fail", ["--", "no", "good"])
    assert (task.results, task.failed) == ({"a": {"b": "1", "c": "x=y"}}, "no good")
    assert task.log[0].endswith("-v")


def test_grants(model: Model) -> None:
    """A secret is read by those it was granted to, and by nobody else."""
    secret = hook_secrets.by_operator(model, "token", {"token": "one"}, "")
    assert "permission denied" in refused(hook(model), "secret-get", secret.uri)
    secret.grants.add("near")
    assert call(hook(model), "secret-get", secret.uri) == {"token": "one"}
    assert "permission denied" in refused(hook(model, "far/0"), "secret-get", secret.uri)


def test_revisions(model: Model) -> None:
    """A unit follows the revision it first read until it asks for a newer one."""
    secret = hook_secrets.by_operator(model, "token", {"token": "one"}, "")
    secret.grants.add("near")
    assert call(hook(model), "secret-get", secret.uri, "--label", "mine") == {"token": "one"}
    secret.revisions.append({"token": "two"})
    assert hook_secrets.consumers(model, secret) == ["near/0"]
    assert call(hook(model), "secret-get", "--label", "mine") == {"token": "one"}
    assert call(hook(model), "secret-get", secret.uri, "--peek") == {"token": "two"}
    assert call(hook(model), "secret-get", secret.uri, "--refresh") == {"token": "two"}
    assert hook_secrets.consumers(model, secret) == []


def test_secrets_of_charms(model: Model) -> None:
    """A charm's secret is changed by its owner and read over a relation it was granted to."""
    leader, other = hook(model), hook(model, "far/0")
    uri = hook_tools.call(leader, "secret-add", ["--owner", "application", "token=one"]).strip()
    assert "permission denied" in refused(other, "secret-get", uri)
    hook_tools.call(leader, "secret-grant", ["--relation", "1", uri])
    assert call(other, "secret-get", uri) == {"token": "one"}
    assert "permission denied" in refused(other, "secret-set", uri, "token=two")
    hook_tools.call(leader, "secret-set", [uri, "token=two"])
    assert [secret.uri for secret in leader.renewed] == [uri]
    hook_tools.call(leader, "secret-revoke", ["--relation", "1", uri])
    assert "permission denied" in refused(other, "secret-get", uri)
    assert call(leader, "secret-ids") == [uri.removeprefix("secret:")]
    hook_tools.call(leader, "secret-remove", [uri])
    assert "not found" in refused(leader, "secret-get", uri)
    assert (
        refused(hook(model, "near/1"), "secret-add", "token=one") == "this unit is not the leader"
    )
