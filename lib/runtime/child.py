"""Runs a program that ends with the process that started it: child.py PARENT (-m MODULE | -x PROGRAM | SCRIPT) ARGUMENTS...

A parent that is killed cannot tell its children, and a terminal that is closed tells only some of them. A module and a script
are Python's, and run in this process.
"""

import os
import runpy
import signal
import subprocess
import sys
import threading
import time

SECONDS_BETWEEN_LOOKS = 0.5
# A parent that ends in order has said so by SIGTERM; a second one would cut short what the child then puts away.
SECONDS_TO_END = 3


def end_with(parent):
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    time.sleep(SECONDS_TO_END)
    tell = os.killpg if os.getpgrp() == os.getpid() else os.kill
    tell(os.getpid(), signal.SIGTERM)


# A group of its own, whose processes are told together to end; where it asks the terminal, that tells them.
if os.name == "posix" and not sys.stdin.isatty():
    os.setpgrp()
# Told, not asked for: it may have ended already.
parent = int(sys.argv.pop(1))
threading.Thread(target=end_with, args=(parent,), daemon=True).start()
# The parent hears of it too, and says what it means.
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
sys.argv.pop(0)
if sys.argv[0] == "-m":
    sys.argv.pop(0)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
elif sys.argv[0] == "-x":
    sys.exit(subprocess.run(sys.argv[1:]).returncode)
else:
    if not sys.flags.isolated:
        # As where Python itself runs a script.
        sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    runpy.run_path(sys.argv[0], run_name="__main__")
