"""mbpoll of Debian: 16-bit blocks, 32-bit values, a write with read-back."""

import json
import re
import subprocess
import sys

TABLES = {"input": "3", "holding": "4"}
LINE = re.compile(r"^\[(\d+)\]:\s+(-?\d+)(?: \((-?\d+)\))?\s*$", re.MULTILINE)

job = json.loads(sys.argv[1])
notes = []
# A serial line where the job names a terminal, else TCP.
LINE_OPTIONS = "-m rtu -b 9600 -P none" if "terminal" in job else f"-m tcp -p {job['port']}"
PLACE = job.get("terminal") or job["host"]
COMMAND = [job["mbpoll"], *f"{LINE_OPTIONS} -a {job['unit']} -1".split()]


def mbpoll(*arguments, values=()):
    """Run mbpoll once and return what it prints."""
    done = subprocess.run(
        [*COMMAND, *arguments, PLACE, *values],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode or "failed" in done.stderr:
        notes.append(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


blocks = []
for table, address, count in job["blocks"]:
    output = mbpoll("-t", TABLES[table], "-r", str(address), "-c", str(count))
    words = [int(match[2]) for match in LINE.finditer(output)]
    blocks.append({"table": table, "address": address, "words": words})
readings = []
for register in job.get("registers", ()):
    output = mbpoll("-t", f"{TABLES[register['table']]}:int", "-r", str(register["address"]))
    match = LINE.search(output)
    if match:
        readings.append(
            {
                "name": register["name"],
                "value": int(match[2]) * register["accuracy"],
                "register": f"{register['table']}:{register['address']}",
            }
        )
for address, values in job.get("writes", ()):
    mbpoll("-t", "4", "-r", str(address), values=[str(value) for value in values])
    output = mbpoll("-t", "4", "-r", str(address), "-c", str(len(values)))
    words = [int(match[2]) for match in LINE.finditer(output)]
    blocks.append({"table": "holding", "address": address, "words": words})
print(
    json.dumps(
        {
            "client": "mbpoll",
            "version": "Debian package",
            "library": "",
            "blocks": blocks,
            "readings": readings,
            "notes": notes,
        }
    )
)
