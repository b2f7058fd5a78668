"""Run a command from a process that is small: `launch.py COMMAND...`.

It prints the seconds, those of CPU, the peak in KiB, and the exit code. The peak that the kernel reports of a process
begins at that of the one that started it, which here is the bare interpreter: the benchmark itself holds more than
many of the runs that it measures.
"""

import os
import sys
import time

nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
start = time.perf_counter()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=nowhere)
_, status, usage = os.wait4(process, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
