import { AppError } from "../../src/errors.ts";
import { isContended, operation } from "../../src/store/firestore.ts";

const grpc = (code: number): Error => Object.assign(new Error("from Firestore"), { code });

describe("an operation of the store", () => {
  afterEach(() => jest.useRealTimers());

  it.each([1, 4, 8, 10, 14])("is unavailable after the temporary error %d", async (code) => {
    await expect(operation(() => Promise.reject(grpc(code)))).rejects.toMatchObject({
      code: "unavailable",
      headers: { "Retry-After": "5" },
    });
  });

  it("rethrows any other error", async () => {
    await expect(operation(() => Promise.reject(grpc(3)))).rejects.toThrow("from Firestore");
  });

  it("is unavailable after ten seconds, and cannot commit afterwards", async () => {
    jest.useFakeTimers();
    const committing = jest.fn<void, []>();
    const hanging = operation(async (deadline) => {
      await new Promise((resolve) => setTimeout(resolve, 10_001));
      deadline.check();
      committing();
    });
    const outcome = hanging.catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(9_999);
    await jest.advanceTimersByTimeAsync(2);
    expect(await outcome).toBeInstanceOf(AppError);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(committing).not.toHaveBeenCalled();
  });

  it("has enough time until then", async () => {
    jest.useFakeTimers();
    const slow = operation(async (deadline) => {
      await new Promise((resolve) => setTimeout(resolve, 9_000));
      deadline.check();
      return "done";
    });
    await jest.advanceTimersByTimeAsync(9_000);
    expect(await slow).toBe("done");
  });
});

test("is contended only if a document already exists or is being written", () => {
  expect([6, 10].map((code) => isContended(grpc(code)))).toEqual([true, true]);
  expect([3, 14].map((code) => isContended(grpc(code)))).toEqual([false, false]);
  expect(isContended(new Error("another"))).toBe(false);
});
