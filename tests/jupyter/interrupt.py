"""Presses the stop button: interrupt.py FOLDER CASES, and says what the cells answered.

Starts our kernel in FOLDER. CASES is JSON: a list of {"name", "code", "stop"}; with "stop" the button is pressed after so
many seconds. Prints, by name, whether the cell was over, how long after the button, and what it printed and showed.
"""

import json
import queue
import sys
import time

from jupyter_client.manager import start_new_kernel

# Longer, and the cell counts as never over.
PATIENCE = 20

manager, client = start_new_kernel(kernel_name="deno", cwd=sys.argv[1])


def text_of(message):
    content = message["content"]
    if message["msg_type"] == "stream":
        return content["text"]
    if message["msg_type"] == "error":
        return f"{content['ename']}: {content['evalue']}\n"
    return content.get("data", {}).get("text/plain", "") + "\n"


def run(code, stop):
    identity = client.execute(code)
    started = time.time()
    stopped = None
    over = None
    text = ""
    while time.time() - started < PATIENCE:
        if stop is not None and stopped is None and time.time() - started > stop:
            stopped = time.time()
            manager.interrupt_kernel()
        try:
            message = client.get_iopub_msg(timeout=0.05 if over is None else 0.3)
        except queue.Empty:
            # What was printed may follow the end.
            if over is not None:
                break
            continue
        if message["parent_header"].get("msg_id") != identity:
            continue
        if message["msg_type"] in ("stream", "error", "display_data", "update_display_data", "execute_result"):
            text += text_of(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            over = time.time()
    seconds = over - stopped if over is not None and stopped is not None else None
    return {"over": over is not None, "seconds": seconds, "text": text}


try:
    print(json.dumps({case["name"]: run(case["code"], case.get("stop")) for case in json.loads(sys.argv[2])}))
finally:
    manager.shutdown_kernel(now=True)
