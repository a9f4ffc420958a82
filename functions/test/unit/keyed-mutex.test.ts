import { KeyedMutex } from "../../src/store/keyed-mutex.ts";

test("tasks with the same key run one after the other, even after a failure; tasks with other keys do not wait", async () => {
  const mutex = new KeyedMutex();
  const log: string[] = [];
  const append = (word: string) => () => Promise.resolve(void log.push(word));
  const { promise: until, reject: fail } = Promise.withResolvers<void>();
  const first = mutex.runExclusive(["a", "b"], () => {
    log.push("first");
    return until;
  });
  const second = mutex.runExclusive(["b", "c"], append("second"));
  const third = mutex.runExclusive(["c"], append("third"));
  await mutex.runExclusive(["d"], append("other"));
  expect(log).toEqual(["first", "other"]);
  fail(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await Promise.all([second, third]);
  expect(log).toEqual(["first", "other", "second", "third"]);
});
