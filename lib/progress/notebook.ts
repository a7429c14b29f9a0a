import { formatDuration } from "./estimate.ts";
import { amount, percent } from "./lines.ts";
import type { Display, Task } from "./display.ts";

// A notebook keeps up with a few messages a second.
const DISPLAY_EVERY = 500;

// Messages sent in the same instant may arrive in another order.
const MESSAGES_APART = 50;

/** Progress as one display of a notebook's cell that is updated in place. */
export function startDisplay(task: Task): Display {
  const id = crypto.randomUUID();
  let shownAt = performance.now();
  // Sent at once, also by a cell that computes without awaiting. Messages this far apart do not overtake each other. What
  // fails here is only the display, which is no reason to stop the work.
  const send = (type: string, time: string, note: string) => {
    const content = {
      data: bundle(task, time, note),
      metadata: {},
      transient: { display_id: id },
    };
    Promise.resolve(Deno.jupyter.broadcast(type, content)).catch(() => {});
  };
  send("display_data", "", "");
  return {
    show(note) {
      const now = performance.now();
      if (now - shownAt < DISPLAY_EVERY) return;
      shownAt = now;
      const remaining = task.estimate.remaining();
      const time = remaining === undefined ? "" : `, ${formatDuration(remaining)} left`;
      send("update_display_data", time, note);
    },
    end(note) {
      // Far enough from an update just sent.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MESSAGES_APART);
      send(
        "update_display_data",
        ` in ${formatDuration(task.estimate.elapsed())}`,
        note,
      );
    },
  };
}

/** What a notebook shows: HTML where it can, and the same as text. */
export function bundle(
  { label, unit, estimate }: Task,
  time: string,
  note: string,
): Record<string, string> {
  const status = `${percent(estimate.fraction)}${amount({ unit, estimate })}${time}${
    note && `, ${note}`
  }`;
  return {
    "text/plain": `${label}: ${status}`,
    "text/html": `<div>${escape(label)} <progress value="${estimate.fraction}" max="1">` +
      `</progress> <small>${escape(status)}</small></div>`,
  };
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(
    ">",
    "&gt;",
  );
}
