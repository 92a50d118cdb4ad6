"""The project's own host behind the runner: ``python run.py --host -- python answer_host.py``."""

import sys

from hosts import standing

from traction.drivers.host import HostLink


def main() -> None:
    """Answer every line of the standard input."""
    link = HostLink(1)
    for line in sys.stdin:
        word, *words = line.split()
        if word == "host":
            link = HostLink(int(words[0]))
            link.hello(0)
            print("ok")
        else:
            link.receive(bytes.fromhex(words[1]), int(words[0]) * 1000)
            print(*standing(link))


if __name__ == "__main__":
    main()
