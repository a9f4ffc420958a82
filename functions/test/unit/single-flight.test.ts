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
  };
}

test("join returns the result of the run in progress", async () => {
  const { runs, join } = flights();
  const both = [join("evt_1"), join("evt_1")];
  expect(runs).toHaveLength(1);
  runs[0]?.succeed("done");
  expect(await Promise.all(both)).toEqual(["done", "done"]);
  void join("evt_1");
  expect(runs).toHaveLength(2);
});

test("keeps no result, and other keys do not wait", async () => {
  const { runs, join } = flights();
  const first = join("pi_1");
  const other = join("pi_2");
  expect(runs.map(({ key }) => key)).toEqual(["pi_1", "pi_2"]);
  runs[0]?.succeed("one");
  runs[1]?.succeed("two");
  expect([await first, await other]).toEqual(["one", "two"]);
  const again = join("pi_1");
  expect(runs).toHaveLength(3);
  runs[2]?.succeed("again");
  expect(await again).toBe("again");
});

test("a failure reaches the callers of that run, and the next run starts regardless", async () => {
  const { runs, join } = flights();
  const failed = [join("pi_1"), join("pi_1")];
  runs[0]?.fail(new Error("Stripe is down."));
  for (const one of failed) await expect(one).rejects.toThrow("Stripe is down.");
  const next = join("pi_1");
  runs[1]?.succeed("up");
  expect(await next).toBe("up");
});
