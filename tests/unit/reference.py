"""Generates docs/reference/charm.md from charmcraft.yaml, the sources and what actions return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from surroundings import EXAMPLES, ROOT

import actions
import config
import control
import emulator
import inverter
from sungrow_inverter import ConnectionType, Device, Endpoint

PAGE = ROOT / "docs" / "reference" / "charm.md"
CHARMCRAFT: Mapping[str, Any] = yaml.safe_load((ROOT / "charmcraft.yaml").read_text("utf-8"))

HEAD = """# The charm

<!-- Generated from charmcraft.yaml and src:
uv run --all-packages --all-groups pytest tests/unit/test_reference.py --regenerate -->

Each unit is one emulated inverter. Everything works without configuration: an SH10RT with its
battery that `modbus`, `sungrow` and `http` clients can read.

## Configuration

A bad value blocks the unit with a message that names option, value, what is allowed and the
nearest match; a running emulator goes on with its last good configuration. A change that reaches
the emulator restarts it, and a restart begins anew: faults, held powers, the clock and client
writes are lost. Nothing is stored; lifetime counters never fall all the same, as they follow from
seed and time.

| option | type | default | meaning | workload variable |
|---|---|---|---|---|
"""

ACTIONS = """
## Actions

Parameters that are *required* are set in italics. An action that cannot be done fails with one
sentence and changes nothing; only a `set-clock` that takes more than five minutes goes on after it
has said so. Results are text; lists and objects are one JSON string. What actions change lasts
until it is taken back, until `reset`, or until the emulator is restarted, e.g. with its pod.

| action | does | parameters | results |
|---|---|---|---|
"""

RELATION = """
## Relation

Endpoint `{endpoint}`, interface `{interface}`, described in
[the interface's README](../../interface/README.md). Each unit writes to its own databag:

| key | members |
|---|---|
| `endpoints` | {endpoint_members} |
| `devices` | {device_members} |

The connection types are {types}.

* `modbus` is published while the Modbus port is open, `sungrow` as well where the answer to the
  key request is one of {encryptions}.
* `http` is published while the dongle's ports 80 and 8082 are open and want no login.
* Endpoints are published when the emulator answers, and replaced when its ports change. A
  simulated fault, a failing check or a restarting pod withdraws nothing. What was never started,
  because its configuration or image is at fault, is not published.
* `host` is the unit's own name in the cluster, `<app>-<n>.<app>-endpoints.<model>.svc.<domain>`,
  or `external-hostname`. That name resolves even while the pod is not ready. The application's
  address in `juju status` belongs to a Service that spreads connections over all units, that is,
  over different inverters: use it with a single unit only.

## Ports

| port | variable | open |
|---|---|---|
"""

PORTS: Mapping[str, str] = {
    "modbus": "always; `modbus-port`",
    "winet-http": "with a dongle, unless its firmware speaks TLS only",
    "winet-ws": "with a dongle that has its WebSocket on a port of its own",
    "winet-tls": "with a dongle whose firmware speaks TLS only",
}

WORKLOAD = """| {control_port} | `{prefix}CONTROL_PORT` | with `expose-control` |

Without `expose-control` the control API is on the pod's loopback only.

## Statuses

The first that applies:

| status | message | means |
|---|---|---|
"""

STATUSES = (
    ("blocked", "`<option>=<value>: <allowed>; did you mean …`", "change the option"),
    ("blocked", "expose-control needs control-token: …", "add and grant a secret, then name it"),
    ("blocked", "control-token is not granted: …", "grant the secret to the application"),
    ("blocked", "control-token: …", "the secret is gone or holds no usable token"),
    ("waiting", "waiting for the workload container", "Pebble does not answer (yet)"),
    ("blocked", "emulator-image does not start: …", "the image is not this charm's, or broken"),
    ("blocked", "emulator-image speaks control API …", "refresh charm or image"),
    ("maintenance", "waiting for the emulator to get ready", "it starts, or does not answer"),
    ("maintenance", "the emulator does not answer", "it was ready and stopped answering"),
    (
        "maintenance",
        "what answers is not the control API of an emulator; …",
        "the image is another one",
    ),
    (
        "maintenance",
        "the emulator runs with another control-token; …",
        "it kept a token that the charm no longer has",
    ),
    ("maintenance", "check control of the emulator fails", "it answers again; the check follows"),
    ("active", "", "the inverter does what sun, load and clients make it do"),
    ("active", "simulating: grid-overvoltage, 2500 W", "faults, held powers and pinned registers"),
)

TAIL = """
The message follows the events of Juju: an action shows at once; what comes about without one, such
as a change through the exposed control API, or a crash after which Pebble starts the emulator anew
and nothing is simulated any more, shows with the next event, at the latest `update-status`, which
comes every five minutes unless the model says otherwise. `get-status` always tells the truth.

No simulated fault changes the status to anything but active: the check `{check}` and the readiness
of the pod depend on the emulator's control API alone.

## Workload

Container `emulator`, service `{service}`, check `{check}` on `{url}/livez`. Root starts the
service as

```
{command}
```

and so runs as user {user} with the one right to bind ports below 1024, which it also needs later,
when a port closed by a fault opens again.
"""


def page(api: control.Control) -> str:
    """Return the page; every action is performed once to see what it returns."""
    relation = CHARMCRAFT["provides"]["inverter"]
    parts = [HEAD]
    parts += [_option(name, option) for name, option in CHARMCRAFT["config"]["options"].items()]
    parts.append(ACTIONS)
    parts += [_action(name, action, api) for name, action in CHARMCRAFT["actions"].items()]
    parts.append(
        RELATION.format(
            endpoint="inverter",
            interface=relation["interface"],
            endpoint_members=_codes(Endpoint.model_fields),
            device_members=_codes(Device.model_fields),
            types=_codes(kind for kind in ConnectionType if kind is not ConnectionType.UNKNOWN),
            encryptions=_codes(sorted(inverter.ENCRYPTIONS)),
        )
    )
    variables = emulator.environment({"MODBUS_PORT": "502"})
    parts += [
        f"| {variables[name]} | `{name}` | {PORTS[kind]} |\n"
        for kind, name in emulator.DOORS.items()
    ]
    parts.append(WORKLOAD.format(control_port=emulator.CONTROL_PORT, prefix=emulator.PREFIX))
    parts += [f"| {kind} | {text} | {means} |\n" for kind, text, means in STATUSES]
    parts.append(
        TAIL.format(
            check=emulator.CHECK,
            service=emulator.SERVICE,
            url=control.URL,
            command=emulator.COMMAND,
            user=emulator.USER_ID,
        )
    )
    return "".join(parts)


def _option(name: str, option: Mapping[str, Any]) -> str:
    default = option.get("default", "")
    default = str(default).lower() if isinstance(default, bool) else str(default)
    variable = config.ENVIRONMENT.get(name)
    shown = f"`{emulator.PREFIX}{variable}`" if variable else ""
    return f"| `{name}` | {option['type']} | {default} | {_cell(option)} | {shown} |\n"


def _action(name: str, action: Mapping[str, Any], api: control.Control) -> str:
    required = action.get("required", [])
    parameters = "<br>".join(
        f"{f'*`{key}`*' if key in required else f'`{key}`'}: {_cell(parameter)}"
        for key, parameter in action.get("params", {}).items()
    )
    return f"| `{name}` | {_cell(action)} | {parameters} | {_codes(_results(name, api))} |\n"


def _results(name: str, api: control.Control) -> Mapping[str, str]:
    if name == "get-connection-info":
        return actions.of_connections(inverter.unit_data(api.state(), "host"), "fqdn", "address")
    return action_class(name).model_validate(EXAMPLES[name]).perform(api)


def action_class(name: str) -> type[actions.Action]:
    """Return the class that types the parameters of an action."""
    found: type[actions.Action] = getattr(actions, name.title().replace("-", ""))
    return found


def _cell(described: Mapping[str, Any]) -> str:
    return " ".join(described["description"].split()).replace("|", "\\|")


def _codes(names: Any) -> str:
    return ", ".join(f"`{getattr(name, 'value', name)}`" for name in names)
