"""Runs Python that ends with the process that started it: child.py PARENT (-m MODULE | SCRIPT) ARGUMENTS...

A parent that is killed cannot tell its children, and a terminal that is closed tells only some of them.
"""

import os
import runpy
import signal
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
    os.kill(os.getpid(), signal.SIGTERM)


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
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
