"""Presses the stop button: interrupts cells of our kernel by jupyter_client, and says what they answered."""

import json
import queue
import time

from jupyter_client.manager import start_new_kernel

CELLS = {
    "a loop": "while (true) {}",
    "a synchronous wait": "while (true) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);",
}

manager, client = start_new_kernel(kernel_name="deno")


def run(code, interrupt):
    """Whether the cell was over within 20 seconds, and the text of its result."""
    identity = client.execute(code)
    started = time.time()
    text = None
    while time.time() - started < 20:
        if interrupt and time.time() - started > 1:
            manager.interrupt_kernel()
            interrupt = False
        try:
            message = client.get_iopub_msg(timeout=0.1)
        except queue.Empty:
            continue
        if message["parent_header"].get("msg_id") != identity:
            continue
        if message["msg_type"] == "stream":
            text = message["content"]["text"]
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            # What it printed may follow.
            while text is None and not interrupt and time.time() - started < 20:
                try:
                    late = client.get_iopub_msg(timeout=0.3)
                except queue.Empty:
                    break
                if late["msg_type"] == "stream":
                    text = late["content"]["text"]
            return True, text
    return False, text


try:
    answers = {}
    run("globalThis.kept = 41;", False)
    for name, code in CELLS.items():
        ended, _ = run(code, True)
        _, text = run("console.log(kept + 1);", False)
        answers[name] = {"ended": ended, "next": text, "alive": manager.is_alive()}
    print(json.dumps(answers))
finally:
    manager.shutdown_kernel(now=True)
