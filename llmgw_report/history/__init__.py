"""The tool's own file of earlier runs: one SQLite file that runs append to and read.

`file` opens, makes, migrates and prunes it; `runs` is what is kept of each run; `chain` tells which of them one process
or its restarts counted. There is no content in it and no secret: counters by their redacted names, a verdict, and the
fingerprints of findings. Error patterns are kept as digests.
"""
