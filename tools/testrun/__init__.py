"""The parts of tools/run_tests.py: what suites there are, which go side by side, how one is run, how long each took."""
