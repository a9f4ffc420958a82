import { SingleFlight } from "../../src/jobs/single-flight.ts";

/** Questions that are answered when the test says so. */
function questions() {
  const asked: { key: string; answer: (text: string) => void; fail: (error: Error) => void }[] = [];
  const ask = (key: string): Promise<string> =>
    new Promise((resolve, reject) => void asked.push({ key, answer: resolve, fail: reject }));
  return { asked, singleFlight: new SingleFlight(ask, (key: string) => key) };
}

test("a burst costs two questions: who comes while one is under way gets the answer to the next", async () => {
  const { asked, singleFlight } = questions();
  const [first, ...others] = [1, 2, 3, 4].map(() => singleFlight.get("pi_1"));
  expect(asked).toHaveLength(1);
  asked[0]?.answer("before");
  expect(await first).toBe("before");
  expect(asked).toHaveLength(2);
  const late = singleFlight.get("pi_1");
  asked[1]?.answer("after");
  expect(await Promise.all(others)).toEqual(["after", "after", "after"]);
  expect(asked).toHaveLength(3);
  asked[2]?.answer("later");
  expect(await late).toBe("later");
});

test("nothing is kept: who comes afterwards asks anew, and other questions wait for nobody", async () => {
  const { asked, singleFlight } = questions();
  const first = singleFlight.get("pi_1");
  const other = singleFlight.get("pi_2");
  expect(asked.map(({ key }) => key)).toEqual(["pi_1", "pi_2"]);
  asked[0]?.answer("one");
  asked[1]?.answer("two");
  expect([await first, await other]).toEqual(["one", "two"]);
  const again = singleFlight.get("pi_1");
  expect(asked).toHaveLength(3);
  asked[2]?.answer("anew");
  expect(await again).toBe("anew");
});

test("a failure is that of those who asked; the next question is asked all the same", async () => {
  const { asked, singleFlight } = questions();
  const first = singleFlight.get("pi_1");
  const next = singleFlight.get("pi_1");
  asked[0]?.fail(new Error("Stripe is down."));
  await expect(first).rejects.toThrow("Stripe is down.");
  expect(asked).toHaveLength(2);
  asked[1]?.answer("up");
  expect(await next).toBe("up");
});
