import { SingleFlight } from "../../src/stripe/single-flight.ts";

/** Runs that finish when the test resolves them. */
function flights() {
  const runs: { key: string; succeed: (text: string) => void; fail: (error: Error) => void }[] = [];
  const run = (key: string): Promise<string> =>
    new Promise((resolve, reject) => void runs.push({ key, succeed: resolve, fail: reject }));
  const flight = new SingleFlight<string>();
  return {
    runs,
    join: (key: string) => flight.join(key, () => run(key)),
    joinNext: (key: string) => flight.joinNext(key, () => run(key)),
  };
}

test("a burst costs two runs: calls during a run get the result of the next one", async () => {
  const { runs, joinNext } = flights();
  const [first, ...others] = [1, 2, 3, 4].map(() => joinNext("pi_1"));
  expect(runs).toHaveLength(1);
  runs[0]?.succeed("before");
  expect(await first).toBe("before");
  expect(runs).toHaveLength(2);
  const late = joinNext("pi_1");
  runs[1]?.succeed("after");
  expect(await Promise.all(others)).toEqual(["after", "after", "after"]);
  expect(runs).toHaveLength(3);
  runs[2]?.succeed("later");
  expect(await late).toBe("later");
});

test("join returns the result of the run in progress", async () => {
  const { runs, join } = flights();
  const both = [join("evt_1"), join("evt_1")];
  expect(runs).toHaveLength(1);
  runs[0]?.succeed("done");
  expect(await Promise.all(both)).toEqual(["done", "done"]);
  void join("evt_1");
  expect(runs).toHaveLength(2);
});

test.each(["join", "joinNext"] as const)("%s keeps no result, and other keys do not wait", async (method) => {
  const { runs, [method]: call } = flights();
  const first = call("pi_1");
  const other = call("pi_2");
  expect(runs.map(({ key }) => key)).toEqual(["pi_1", "pi_2"]);
  runs[0]?.succeed("one");
  runs[1]?.succeed("two");
  expect([await first, await other]).toEqual(["one", "two"]);
  const again = call("pi_1");
  expect(runs).toHaveLength(3);
  runs[2]?.succeed("again");
  expect(await again).toBe("again");
});

test("a failure reaches the callers of that run, and the next run starts regardless", async () => {
  const { runs, join, joinNext } = flights();
  const failed = [joinNext("pi_1"), join("pi_1")];
  const next = joinNext("pi_1");
  runs[0]?.fail(new Error("Stripe is down."));
  for (const one of failed) await expect(one).rejects.toThrow("Stripe is down.");
  expect(runs).toHaveLength(2);
  runs[1]?.succeed("up");
  expect(await next).toBe("up");
});
