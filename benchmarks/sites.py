"""What the sites room is worth and what it costs, on the synthetic truth.

Three parts, each printing its figures beside those of its peers:

* ``speed``: ranking a province (33,324 TPS x 4 operators), the allocation of kits to 5,000
  candidates, how the joint probabilities converge;
* ``kits``: forms secured by the kits of a budget after some survey days, against lists made in
  other ways and against perfect knowledge, and which missing knowledge costs what;
* ``survey``: wrong decisions that planned days avoid, against days on random roads.

    python benchmarks/sites.py [speed] [kits] [survey] [--demo DIR] [--seed S] [--sites N]

DIR is a finished demo (``blankspot demo DIR``); without it one is built in a temporary folder, of
the world of this seed.
"""

import argparse
from pathlib import Path

from sites_parts.kits import kits
from sites_parts.knowledge import Knowledge, finished_demo
from sites_parts.speed import speed
from sites_parts.survey import survey

from coverage.synthetic import WorldParams


def main() -> None:
    """Run the parts asked for, all without a word."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("parts", nargs="*", choices=["speed", "kits", "survey"])
    parser.add_argument("--demo", type=Path)
    parser.add_argument("--seed", type=int, default=WorldParams().seed)
    parser.add_argument("--sites", type=int, default=33_324)
    asked = parser.parse_args()
    parts = asked.parts or ["speed", "kits", "survey"]
    if "speed" in parts:
        speed(asked.sites)
    if {"kits", "survey"} & set(parts):
        with finished_demo(asked.demo, asked.seed) as config:
            known = Knowledge.of(config, asked.seed)
            if "kits" in parts:
                kits(known)
            if "survey" in parts:
                survey(known)


if __name__ == "__main__":
    main()
