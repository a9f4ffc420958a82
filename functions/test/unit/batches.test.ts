import { Batches, type Close } from "../../src/jobs/events/batches.ts";

/** Batches whose work waits until the test closes and ends it. */
function batches() {
  const runs: { close: Close<string>; succeed: (result: string) => void; fail: (error: Error) => void }[] = [];
  const all = new Batches<string, string>();
  const add = (...items: string[]): Promise<string> => {
    return all.add("pi_1", items, (close) => {
      return new Promise((resolve, reject) => void runs.push({ close, succeed: resolve, fail: reject }));
    });
  };
  return { all, runs, add };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a batch admits items until its work closes it, and later ones are the next batch, after its end", async () => {
  const { runs, add } = batches();
  const first = [add("a"), add("b", "c")];
  await turn();
  expect(runs).toHaveLength(1);
  first.push(add("d"));
  expect(runs[0]?.close()).toEqual(["a", "b", "c", "d"]);
  const second = [add("e"), add("f")];
  expect(runs[0]?.close()).toEqual(["a", "b", "c", "d"]);
  await turn();
  expect(runs).toHaveLength(1);
  runs[0]?.succeed("first");
  expect(await Promise.all(first)).toEqual(["first", "first", "first"]);
  await turn();
  second.push(add("g"));
  expect(runs[1]?.close()).toEqual(["e", "f", "g"]);
  runs[1]?.succeed("second");
  expect(await Promise.all(second)).toEqual(["second", "second", "second"]);
});

test("a failure reaches the items of that batch, open or closed, and the next batch starts regardless", async () => {
  const { runs, add } = batches();
  for (const isClosed of [true, false]) {
    runs.length = 0;
    const failed = [add("a"), add("b")];
    await turn();
    if (isClosed) runs[0]?.close();
    const later = isClosed ? add("c") : null;
    runs[0]?.fail(new Error("Stripe is down."));
    for (const one of failed) await expect(one).rejects.toThrow("Stripe is down.");
    const next = later ?? add("c");
    await turn();
    expect(runs[1]?.close()).toEqual(["c"]);
    runs[1]?.succeed("up");
    expect(await next).toBe("up");
  }
});

test("other keys do not wait, and nothing is kept", async () => {
  const { all, runs, add } = batches();
  const slow = add("a");
  expect(await all.add("pi_2", ["b"], (close) => Promise.resolve(close().join()))).toBe("b");
  expect(await all.add("pi_2", ["c"], (close) => Promise.resolve(close().join()))).toBe("c");
  runs[0]?.close();
  runs[0]?.succeed("done");
  expect(await slow).toBe("done");
});
