import { Turns } from "../../src/store/turns.ts";

test("those who share a key go one after the other, however the first ends; others wait for nobody", async () => {
  const turns = new Turns();
  const log: string[] = [];
  const say = (word: string) => () => Promise.resolve(void log.push(word));
  const { promise: until, reject: fail } = Promise.withResolvers<void>();
  const first = turns.take(["a", "b"], () => {
    log.push("first");
    return until;
  });
  const second = turns.take(["b", "c"], say("second"));
  const third = turns.take(["c"], say("third"));
  await turns.take(["d"], say("other"));
  expect(log).toEqual(["first", "other"]);
  fail(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await Promise.all([second, third]);
  expect(log).toEqual(["first", "other", "second", "third"]);
});
