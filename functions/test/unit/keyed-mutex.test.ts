import { KeyedMutex } from "../../src/store/keyed-mutex.ts";

test("tasks with the same key run one after the other, even after a failure; tasks with other keys do not wait", async () => {
  const mutex = new KeyedMutex();
  const log: string[] = [];
  const say = (word: string) => () => Promise.resolve(void log.push(word));
  const { promise: until, reject: fail } = Promise.withResolvers<void>();
  const first = mutex.runExclusive(["a", "b"], () => {
    log.push("first");
    return until;
  });
  const second = mutex.runExclusive(["b", "c"], say("second"));
  const third = mutex.runExclusive(["c"], say("third"));
  await mutex.runExclusive(["d"], say("other"));
  expect(log).toEqual(["first", "other"]);
  fail(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await Promise.all([second, third]);
  expect(log).toEqual(["first", "other", "second", "third"]);
});
