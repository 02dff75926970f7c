"""Which client reads which model, in which mode: the runs that the suite is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

# One model of every inverter family, the two main ones first.
FAMILIES = {
    "SG5.0RT": "string-rt",
    "SH10RT": "hybrid-rt",
    "SG5.0RS": "string-1ph",
    "SG110CX": "string-com",
    "SH5K-20": "hybrid-k",
    "SH5.0RS": "hybrid-rs",
    "SH15T": "hybrid-t",
    "SH5RL": "hybrid-rl",
    "MG5RL": "hybrid-mg",
    "SH100CX": "hybrid-cx",
}
MAIN = ("SG5.0RT", "SH10RT")


@dataclass(frozen=True, slots=True)
class Setup:
    """An emulator as a run needs it; runs with the same setup share one.

    Attributes:
        model: catalog name of the model.
        encryption: what it answers to the key request.
        alarm: whether an alarm is active, so that fault words are not all zero.
        path: access path of its Modbus door.
        dongle: firmware of the dongle whose web doors it has, empty for none.
    """

    model: str
    encryption: str = "auto"
    alarm: bool = False
    path: str = "auto"
    dongle: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One client reading one model once.

    Attributes:
        client: folder of the client.
        model: catalog name of the model.
        mode: the client's mode, e.g. `modbus`, `sungrow` or `http`.
        level: SunGather's level, 0 where the client has none.
        encryption: what the emulator answers to the key request.
        alarm: whether an alarm is active, so that fault words are not all zero.
        dongle: firmware of the dongle that it reads through the web, empty for Modbus.
        timeout: the client's time-out in seconds.
    """

    client: str
    model: str
    mode: str = "modbus"
    level: int = 0
    encryption: str = "auto"
    alarm: bool = False
    dongle: str = ""
    timeout: float = field(default=3.0, compare=False)

    @property
    def family(self) -> str:
        """Return the register family of the model."""
        return FAMILIES[self.model]

    @property
    def setup(self) -> Setup:
        """Return the emulator it needs.

        Who reads registers through a dongle is compared with its Modbus door, which refuses
        the same addresses.
        """
        path = "winet-s" if self.mode == "http" else "auto"
        return Setup(self.model, self.encryption, self.alarm, path, self.dongle)

    @property
    def variant(self) -> str:
        """Return mode, level and encryption as one word, e.g. `sungrow-l1-key`."""
        parts = [self.mode]
        parts += [f"l{self.level}"] if self.level else []
        parts += [self.encryption] if self.encryption != "auto" else []
        parts += ["alarm"] if self.alarm else []
        return "-".join(parts)

    def __str__(self) -> str:
        """Return a name for test reports."""
        return f"{self.client}-{self.variant}-{self.model}"


def _runs() -> tuple[Run, ...]:
    runs: list[Run] = []
    for model in FAMILIES:
        main = model in MAIN
        for level in (1, 3):
            runs.append(Run("sungrowclient", model, "modbus", level))
            runs.append(Run("sungrowclient", model, "sungrow", level, "key" if main else "auto"))
        runs += [Run("pymodbus", model, mode) for mode in ("sync", "async")]
        runs.append(Run("pymodbus-3.11", model, "sync"))
        runs += [Run(client, model) for client in ("mbpoll", "modbus-serial", "jsmodbus")]
    for model in MAIN:
        runs += [
            Run("pymodbus-3.11", model, "async"),
            *(
                Run("sungrowmodbustcpclient", model, "sungrow", encryption=key)
                for key in ("key", "zero", "ff")
            ),
            *(
                Run("sungrowmodbustcpclient", model, "sungrow", encryption=key, timeout=0.5)
                for key in ("silent", "malformed")
            ),
            *(
                Run("sungrowmodbustcpclient-jesseklm", model, "sungrow", encryption=key)
                for key in ("key", "zero")
            ),
            Run("modbus4mqtt", model, "tcp", timeout=20),
            Run("modbus4mqtt", model, "sungrow", encryption="key", timeout=20),
            Run("sungrowinverter", model, encryption="key"),
            Run("sungrowmodbuswebclient", model, "http", dongle="P023"),
            *(Run("sungrowclient", model, "http", level, dongle="P023") for level in (1, 3)),
            *(Run("sungrow-websocket", model, mode, dongle="P023") for mode in ("library", "cli")),
        ]
    runs.append(Run("sungrowclient", "SH10RT", "modbus", 3, alarm=True))
    runs += [
        Run("sungrowinverter", model)
        for model in ("SG5.0RT", "SH10RT", "SG5.0RS", "SG110CX", "SH5K-20", "SH5.0RS")
    ]
    runs += [Run("pysungrow", model) for model in ("SH10RT", "SH5K-20", "SH5.0RS")]
    # It refuses every other model, and speaks TLS only.
    runs.append(Run("sungrow-http-config", "SG5.0RS", "https", dongle="P043"))
    return tuple(runs)


RUNS = _runs()
