import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** A queue of a function, as `onTaskDispatched` declares it. */
export interface QueueOptions {
  rateLimits: { maxConcurrentDispatches: number; maxDispatchesPerSecond: number };
  retryConfig: { maxAttempts: number; minBackoffSeconds: number; maxBackoffSeconds: number; maxDoublings: number };
}

export interface FakeTasks {
  /** The value of CLOUD_TASKS_EMULATOR_HOST. */
  host: string;
  /** Sends a request to an instance of the function, which rejects if there is none. */
  send: (request: (url: string) => Promise<Response>) => Promise<Response>;
  /** The status of each request to create a task, instead of creating it. */
  refusal: number | null;
  /** Requests to create a task; those whose name was known already. */
  counts: { created: number; duplicates: number; dispatched: number; failed: number };
  /** Divides every wait of the queue: delays until a task's time, and between its attempts. */
  speed: number;
  /** Resolves when each task has succeeded, or failed for good. */
  settled: () => Promise<void>;
  close: () => Promise<void>;
}

const taskSchema = z.object({
  task: z.object({
    name: z.string(),
    scheduleTime: z.iso.datetime(),
    httpRequest: z.object({ body: z.base64(), headers: z.record(z.string(), z.string()) }),
  }),
});
type Task = z.infer<typeof taskSchema>["task"];

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** Cloud Run verifies it before the function runs, which only decodes it. */
const OIDC_TOKEN = `${encoded({ alg: "none" })}.${encoded({ sub: "1" })}.`;

/**
 * A queue of Cloud Tasks: names deduplicate tasks, also those that have run; a task waits for its time, its turn at the
 * rate, and a free slot, and is retried with a backoff (https://cloud.google.com/tasks/docs/reference/rest/v2). The
 * emulator of the Firebase CLI ignores a task's time.
 */
export async function startFakeTasks({ rateLimits, retryConfig }: QueueOptions): Promise<FakeTasks> {
  const names = new Set<string>();
  const pending = new Set<Promise<void>>();
  const stopped = new AbortController();
  const waiting: (() => void)[] = [];
  let free = rateLimits.maxConcurrentDispatches;
  let nextAt = 0;
  const server = createServer((request, response) => void create(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.int() }).parse(server.address());
  const fake: FakeTasks = {
    host: `127.0.0.1:${port}`,
    send: () => Promise.reject(new Error("The function is not served.")),
    refusal: null,
    counts: { created: 0, duplicates: 0, dispatched: 0, failed: 0 },
    speed: 1,
    settled: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
    close: async () => {
      stopped.abort();
      await Promise.all(pending);
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { task } = taskSchema.parse(JSON.parse(await text(request)));
    const isKnown = names.has(task.name);
    const status = fake.refusal ?? (isKnown ? 409 : 200);
    if (status === 200) {
      names.add(task.name);
      fake.counts.created += 1;
      const work = run(task).finally(() => pending.delete(work));
      pending.add(work);
    } else if (status === 409) fake.counts.duplicates += 1;
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(
      JSON.stringify(status === 200 ? { name: task.name } : { error: { code: status, message: "Refused." } }),
    );
  }

  const wait = (ms: number): Promise<unknown> =>
    sleep(ms / fake.speed, undefined, { signal: stopped.signal }).catch(() => undefined);

  /** Waits for a turn at the rate, and a free slot. */
  async function takeSlot(): Promise<void> {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    const now = performance.now();
    const at = Math.max(now, nextAt);
    nextAt = at + 1_000 / rateLimits.maxDispatchesPerSecond;
    await sleep(at - now, undefined, { signal: stopped.signal }).catch(() => undefined);
  }

  function freeSlot(): void {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }

  async function run(task: Task): Promise<void> {
    await wait(Math.max(0, Date.parse(task.scheduleTime) - Date.now()));
    const { maxAttempts, minBackoffSeconds, maxBackoffSeconds, maxDoublings } = retryConfig;
    for (let retries = 0; retries < maxAttempts; retries += 1) {
      if (retries > 0) {
        const doubled = minBackoffSeconds * 2 ** Math.min(retries - 1, maxDoublings);
        await wait(1_000 * Math.min(doubled, maxBackoffSeconds));
      }
      await takeSlot();
      try {
        if (stopped.signal.aborted || (await dispatch(task, retries))) return;
      } finally {
        freeSlot();
      }
    }
    fake.counts.failed += 1;
  }

  /** Returns whether the function accepted the task. A lost connection is a failure. */
  async function dispatch({ name, httpRequest }: Task, retries: number): Promise<boolean> {
    fake.counts.dispatched += 1;
    const headers = {
      ...httpRequest.headers,
      Authorization: `Bearer ${OIDC_TOKEN}`,
      "X-CloudTasks-TaskName": name.split("/").at(-1) ?? "",
      "X-CloudTasks-TaskRetryCount": String(retries),
    };
    const body = Buffer.from(httpRequest.body, "base64");
    try {
      const response = await fake.send((url) => fetch(url, { method: "POST", headers, body }));
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
  return fake;
}
