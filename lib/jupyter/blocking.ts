/**
 * Long work in a notebook's cell that the stop button can end.
 *
 * Deno's kernel cannot interrupt a cell that awaits: it never answers again. A cell that runs or waits synchronously it
 * does interrupt. So the work is done by a worker, and the cell blocks until it is done; what the worker says in the
 * meantime is read synchronously. An interrupt ends the cell without running any `finally`, so a timer, which can only
 * fire once the cell has ended, tells the worker to stop.
 */
import { type MessagePort as NodePort, receiveMessageOnPort } from "node:worker_threads";

interface Start {
  readonly input: unknown;
  readonly shared: SharedArrayBuffer;
}

type Event<Message> =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly reason: string };

// How often the cell looks by itself; the worker wakes it when there is something.
const LOOK_EVERY_MS = 200;

/**
 * Runs a worker that calls {@linkcode serveBlocking}, and returns its result when it is done: no promise, since the
 * whole point is not to await. Call it from a cell that has no `await` and no `import` of its own (they would make the
 * cell an awaiting one).
 *
 * @param worker The worker's module
 * @param input What it gets; can be cloned
 * @param onMessage Called with what it posts, as it comes
 * @throws {Error} When the worker's work throws
 */
export function runBlocking<Message>(
  worker: URL,
  input: unknown,
  onMessage: (message: Message) => void = () => {},
): unknown {
  const thread = new Worker(worker, { type: "module" });
  const { port1, port2 } = new MessageChannel();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  thread.postMessage({ input, shared: flag.buffer } as Start, [port2]);
  const stop = setTimeout(() => port1.postMessage("stop"), 0);
  while (true) {
    Atomics.wait(flag, 0, 0, LOOK_EVERY_MS);
    Atomics.store(flag, 0, 0);
    let received: { message: Event<Message> } | undefined;
    while ((received = receiveMessageOnPort(port1 as unknown as NodePort))) {
      const event = received.message;
      if (event.kind === "message") {
        onMessage(event.message);
        continue;
      }
      clearTimeout(stop);
      port1.close();
      thread.terminate();
      if (event.kind === "failed") throw new Error(event.reason);
      return event.result;
    }
  }
}

/**
 * The worker's side of {@linkcode runBlocking}; called once, at the top of the worker's module.
 *
 * @param work Does the work; `signal` is aborted when the cell was interrupted
 */
export function serveBlocking<Input, Message>(
  work: (
    input: Input,
    context: { readonly signal: AbortSignal; post(message: Message): void },
  ) => Promise<unknown>,
) {
  const scope = self as unknown as {
    onmessage: (event: MessageEvent<Start>) => void;
    close(): void;
  };
  scope.onmessage = async ({ data, ports: [port] }) => {
    if (!port) throw new TypeError("A blocking worker is started by runBlocking().");
    const flag = new Int32Array(data.shared);
    const stopped = new AbortController();
    port.onmessage = () => stopped.abort();
    const send = (event: Event<Message>) => {
      port.postMessage(event);
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
    };
    try {
      const result = await work(data.input as Input, {
        signal: stopped.signal,
        post: (message) => send({ kind: "message", message }),
      });
      send({ kind: "done", result });
    } catch (error) {
      send({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
    }
    // After an interrupt nobody terminates the worker from outside.
    if (stopped.signal.aborted) scope.close();
  };
}
