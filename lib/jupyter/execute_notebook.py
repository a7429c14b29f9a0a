"""Executes a notebook in its own folder and stores it: execute_notebook.py NOTEBOOK KERNEL TIMEOUT OUTPUT

Prints one JSON object a line: {"cell": index} before each code cell, and last {"done": true} or
{"failed": index, "source": ..., "error": ...}, or {"unready": why} where the kernel has not come up.
OUTPUT, which may be NOTEBOOK, is written, whole, only when every cell has run. TIMEOUT is in seconds per cell; 0 for none.
"""

import asyncio
import atexit
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionComplete,
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

# Deno's kernel may say that it is idle before a cell's last outputs have left it; this is how long they are waited for.
LATE_OUTPUT_SECONDS = 0.1
# And this is how long that word is waited for, on a machine that is busy or was asleep.
IDLE_SECONDS = 60


# What is not whole yet lies beside the notebook, under a lock that the system takes back when its process ends.
UNFINISHED = (".executing-", ".ipynb")


def say(**message):
    print(json.dumps(message), flush=True)


def sweep(folder):
    """Removes what was left unfinished by processes that were killed."""
    for left in Path(folder).glob("*".join(UNFINISHED)):
        try:
            with open(left, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
        except OSError:  # a living process's, another user's, or gone meanwhile
            pass


def end_in_order():
    """Told to end, this process puts away what is its own; the kernel ends with it."""

    def end(number, _):
        # Closing a terminal tells it twice; the second word must not cut short what the first one puts away.
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


async def end_in_our_order(**_):
    """nbclient listens as well, and where the kernel dies meanwhile, its way leaves Jupyter's files."""
    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    end_in_order()


@contextmanager
def own_temporary_files():
    """Jupyter's temporary files go with this process.

    Held as the library's own temporary folders are (lib/runtime/temporary_folder.ts), so that it sweeps what SIGKILL leaves.
    """
    folder = tempfile.mkdtemp(prefix="hem-")
    try:
        with open(os.path.join(folder, "held.new"), "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            os.rename(held.name, os.path.join(folder, "held"))
            tempfile.tempdir = folder
            yield
    finally:
        tempfile.tempdir = None
        try:
            # A kernel that dies and a word to end come together; the second must not cut this short, nor one that comes now.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def write_whole(notebook, path, permissions):
    folder = os.path.dirname(path)
    end_in_order()
    prefix, suffix = UNFINISHED
    with tempfile.NamedTemporaryFile(
        "w", dir=folder, prefix=prefix, suffix=suffix, delete=False, encoding="utf-8"
    ) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            nbformat.write(notebook, file)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, permissions)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def main(path, kernel, timeout, output):
    path, output = os.path.abspath(path), os.path.abspath(output)
    sweep(os.path.dirname(output))
    notebook = nbformat.read(path, as_version=4)
    current = None

    def on_start(cell, cell_index):
        nonlocal current
        current = cell_index
        if cell.cell_type == "code":
            say(cell=cell_index)

    async def take_late_outputs(cell, cell_index, execute_reply):
        parent = execute_reply["parent_header"]["msg_id"]
        while True:
            try:
                message = await client.kc.get_iopub_msg(timeout=LATE_OUTPUT_SECONDS)
            except Exception:  # queue.Empty: nothing came
                return
            if message["parent_header"].get("msg_id") == parent:
                try:
                    client.process_message(message, cell, cell_index)
                except CellExecutionComplete:  # the word that it is idle, later than it was waited for
                    pass

    client = NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=timeout or None,
        iopub_timeout=IDLE_SECONDS,
        record_timing=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": os.path.dirname(path)}},
        on_notebook_start=end_in_our_order,
        on_cell_start=on_start,
        on_cell_executed=take_late_outputs,
    )
    end_in_order()
    try:
        with own_temporary_files():
            client.execute()
    except CellExecutionError as error:
        return fail(notebook, current, f"{error.ename}: {error.evalue}")
    except CellTimeoutError:
        return fail(notebook, current, f"it took longer than {timeout} seconds")
    except RuntimeError as error:
        if current is None:
            if client.km is None:  # put away already, which nbclient would do once more at the end
                atexit.unregister(client._cleanup_kernel)
            say(unready=str(error))
            return 1
        if isinstance(error, DeadKernelError):
            return fail(notebook, current, "the kernel died")
        raise
    # A process's own error in a cell of Deno's kernel has been reported above; what is left is to write.
    write_whole(notebook, output, os.stat(path).st_mode & 0o777)
    say(done=True)
    return 0


def fail(notebook, index, reason):
    say(failed=index, source=notebook.cells[index].source, error=reason)
    return 1


sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]))
