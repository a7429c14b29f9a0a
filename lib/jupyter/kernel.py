"""Runs Deno's kernel so that the stop button can be used: kernel.py DENO CONNECTION_FILE

Deno's kernel takes an interrupt as an end of what JavaScript computes just now. A cell that awaits computes nothing, and
is then never heard of again, nor is any cell after it. So this process stands between Jupyter and the kernel's control
channel, and asks first: a byte in a file that both have open says that a stop is wanted. What this project computes looks
at it and ends with an error (lib/progress/stop_button.ts). A cell that has never awaited and does not look is interrupted
as before; one that awaits is left alone.

The kernel ends with this process, and this process with the one that started it, however that ends.
"""

import ctypes
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path

import zmq

# The bytes of the shared file.
WANTED = 0  # 1 while a stop is wanted and nobody has taken note
TURNS = 1  # how often the cell has awaited so far, modulo 256
FORCED = 2  # how many cells were interrupted without their taking part, modulo 256
SIZE = 3

# A step of a training may take as long before it looks; longer, and a person presses again.
SECONDS_TO_TAKE_NOTE = 1.0
SECONDS_BETWEEN_LOOKS = 0.1
# Of Linux's prctl.h.
PR_SET_PDEATHSIG = 1

STOP_BUTTON = (Path(__file__).parent.parent / "progress" / "stop_button.ts").as_uri()

DELIMITER = b"<IDS|MSG>"


def die_with_parent(with_signal=signal.SIGKILL):
    """Linux ends this process with its parent; elsewhere `serve` looks whether it is still there."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, with_signal)


class Shared:
    """The file without a name by which the kernel is asked to stop."""

    def __init__(self):
        self.file = tempfile.TemporaryFile(buffering=0)
        self.file.write(bytes(SIZE))

    def __getitem__(self, place):
        return os.pread(self.file.fileno(), 1, place)[0]

    def __setitem__(self, place, value):
        os.pwrite(self.file.fileno(), bytes([value % 256]), place)


class Kernel:
    """Deno's kernel, with another control port than the one that Jupyter knows."""

    def __init__(self, deno, connection_file, shared):
        with open(connection_file, encoding="utf-8") as file:
            self.connection = json.load(file)
        context = zmq.Context.instance()
        self.front = context.socket(zmq.ROUTER)
        self.front.linger = 1000
        self.front.bind(self.address(self.connection["control_port"]))
        own = dict(self.connection, control_port=free_port(self.connection["ip"]))
        # Without a name, so that nothing is left of it.
        own_file = tempfile.TemporaryFile(buffering=0)
        own_file.write(json.dumps(own).encode())
        own_file.seek(0)
        files = [own_file.fileno(), shared.file.fileno()]
        self.process = subprocess.Popen(
            [deno, "jupyter", "--kernel", "--conn", f"/dev/fd/{files[0]}"],
            env=dict(os.environ, HEM_STOP_FILE=f"/dev/fd/{files[1]}"),
            pass_fds=files,
            preexec_fn=die_with_parent,
        )
        self.back = context.socket(zmq.DEALER)
        self.back.linger = 0
        self.back.connect(self.address(own["control_port"]))
        self.status = context.socket(zmq.SUB)
        self.status.subscribe(b"")
        self.status.connect(self.address(self.connection["iopub_port"]))

        # Before anybody's first cell, so that every cell that awaits can be told from one that computes.
        self.shell = context.socket(zmq.DEALER)
        self.shell.linger = 0
        self.shell.connect(self.address(self.connection["shell_port"]))
        request = new_header("execute_request", {"session": str(uuid.uuid4()), "username": "kernel"})
        code = f"await import({json.dumps(STOP_BUTTON)});"
        content = {"code": code, "silent": True, "store_history": False, "allow_stdin": False}
        self.shell.send_multipart(self.signed(request, {}, content))

    def address(self, port):
        return f"tcp://{self.connection['ip']}:{port}"

    def signed(self, header, parent, content):
        parts = [json.dumps(part).encode() for part in (header, parent, {}, content)]
        key = self.connection["key"].encode()
        digest = hmac.new(key, digestmod=hashlib.sha256) if key else None
        for part in parts if digest else []:
            digest.update(part)
        return [DELIMITER, digest.hexdigest().encode() if digest else b"", *parts]


def new_header(message_type, like):
    date = datetime.now(timezone.utc).isoformat()
    return {"version": "5.3", **like, "msg_id": str(uuid.uuid4()), "msg_type": message_type, "date": date}


def free_port(ip):
    with zmq.Context.instance().socket(zmq.ROUTER) as probe:
        return probe.bind_to_random_port(f"tcp://{ip}")


def header_of(frames, place=2):
    """A message's header, or with place 3 its parent's."""
    return json.loads(frames[frames.index(DELIMITER) + place])


def serve(kernel, shared):
    """Hands messages of the control channel on until the kernel ends."""
    parent = os.getppid()
    poller = zmq.Poller()
    for socket in (kernel.front, kernel.back, kernel.status):
        poller.register(socket, zmq.POLLIN)
    askers = {}
    busy = False
    turns = 0
    forced_at = None
    waiting = []
    while kernel.process.poll() is None:
        if os.getppid() != parent:
            return kernel.process.terminate()
        ready = dict(poller.poll(1000 * SECONDS_BETWEEN_LOOKS))
        if kernel.status in ready:
            message = kernel.status.recv_multipart()
            header, content = header_of(message), json.loads(message[message.index(DELIMITER) + 5])
            if header["msg_type"] == "status" and header_of(message, 3).get("msg_type") == "execute_request":
                busy = content["execution_state"] == "busy"
                turns, shared[WANTED], forced_at = shared[TURNS], 0, None
        if kernel.front in ready:
            asker, *frames = kernel.front.recv_multipart()
            header = header_of(frames)
            askers[header["msg_id"]] = asker
            if header["msg_type"] != "interrupt_request":
                kernel.back.send_multipart(frames)
            else:
                if busy:
                    shared[WANTED], waiting = 1, frames
                    forced_at = time.monotonic() + SECONDS_TO_TAKE_NOTE
                answer = new_header("interrupt_reply", header)
                kernel.front.send_multipart([asker, *kernel.signed(answer, header, {"status": "ok"})])
        if kernel.back in ready:
            frames = kernel.back.recv_multipart()
            asker = askers.pop(header_of(frames, 3).get("msg_id"), None)
            # An interrupt was answered when it was asked for.
            if asker and header_of(frames)["msg_type"] != "interrupt_reply":
                kernel.front.send_multipart([asker, *frames])
        if forced_at is not None and time.monotonic() >= forced_at:
            forced_at = None
            if shared[WANTED] and shared[TURNS] == turns:
                shared[WANTED] = 0
                shared[FORCED] = shared[FORCED] + 1
                kernel.back.send_multipart(waiting)


def main(deno, connection_file):
    die_with_parent(signal.SIGTERM)
    shared = Shared()
    kernel = Kernel(deno, connection_file, shared)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: kernel.process.terminate())
    # Without a window Ctrl-C comes to the whole group; Jupyter decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        serve(kernel, shared)
        return kernel.process.wait()
    finally:
        kernel.process.kill()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
