"""Runs a command in a terminal of its own, and closes that when its own input ends: terminal.py COMMAND...

As a shell does, it tells the whole group. Prints the exit code, or minus the signal.
"""

import os
import pty
import signal
import sys
import threading

child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])


def show():
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        pass


threading.Thread(target=show, daemon=True).start()
sys.stdin.read()
os.close(terminal)
try:
    os.killpg(child, signal.SIGHUP)
except ProcessLookupError:
    pass
status = os.waitpid(child, 0)[1]
print(os.waitstatus_to_exitcode(status))
