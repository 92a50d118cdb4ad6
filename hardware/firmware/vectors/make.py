"""Write ``hardware/wire_vectors.jsonl`` from the reference controller: ``python make.py [FILE]``.

The file is a contract. When this program makes another one, either the wire has changed, which needs a new
version of it, or something is wrong; a test compares the two.
"""

import importlib
import json
import sys
from pathlib import Path
from zlib import crc32

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER)]
sys.dont_write_bytecode = True

import hosts  # noqa: E402  these lie beside this file
import scene  # noqa: E402
import single  # noqa: E402

for name in ("start", "run", "line", "switch", "ease"):  # each registers its scenes
    importlib.import_module(f"scenes_{name}")

MOST_BYTES = 4000
"""More than that of one step stands in the file as a length and a check sum."""


def dumped(vector: dict) -> str:
    """Return a vector as its line of the file."""
    return json.dumps(vector, separators=(", ", ": "), ensure_ascii=True)


def told(played: scene.Scene) -> dict:
    """Return the vector of one scene that was played."""
    steps = []
    for step in played.steps:
        sent = step.get("sent")
        if sent is not None and len(sent) > MOST_BYTES:
            data = sent.encode("latin-1")
            step = {key: value for key, value in step.items() if key != "sent"}
            step |= {"sent_bytes": len(data), "sent_crc32": crc32(data)}
        steps.append(step)
    return {
        "name": played.name,
        "kind": played.kind,
        "about": played.about,
        "power": played.power,
        "steps": steps,
    }


def vectors() -> list[str]:
    """Return every line of the file."""
    exchanges = [told(one) for one in scene.play_all()]
    return [dumped(one) for one in single.frames() + exchanges + hosts.vectors()]


def main() -> None:
    """Write the file."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER.parents[1] / "wire_vectors.jsonl"
    target.write_text("\n".join(vectors()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
