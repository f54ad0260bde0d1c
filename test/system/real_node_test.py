#!/usr/bin/env python3
"""What only a real node shows, one after another on one: a workspace that one can open (workspace_test.py), and files that outlive their
session (home_test.py). Each by an installation of its own. As root.

  real_node_test.py BERTH IMAGE     IMAGE: a folder as images/build gives it"""

import pathlib
import sys

import home_test
import workspace_test
from harness import Tally
from real_node import on_a_real_node


def main(berth, image):
    tally = Tally()
    with on_a_real_node(image) as (node, place):
        for name, walk in (("workspace", workspace_test.walk), ("homes", home_test.walk)):
            print(f"--- {name}")
            (place / name).mkdir()
            walk(node, berth, place / name, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]))
