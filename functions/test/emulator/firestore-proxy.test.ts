import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type DocumentReference, FieldValue } from "firebase-admin/firestore";
import type { FirestoreProxy } from "../../testing/firestore-proxy.ts";
import { type Fault, type FaultPolicy, RANDOM_STATUSES, randomFaults, STATUS } from "../../testing/firestore-faults.ts";
import { noCounts } from "../../testing/firestore-meter.ts";
import { codeOf } from "../../src/errors.ts";
import { database, startDatabaseProxy } from "../support/database.ts";

const collection = () => database().collection(`proxy-${randomBytes(6).toString("hex")}`);

/** A document with n = 0. Resets the counts. */
async function newDocument(): Promise<DocumentReference> {
  const document = collection().doc("one");
  await document.set({ n: 0 });
  proxy.reset();
  return document;
}

let proxy: FirestoreProxy;
beforeAll(async () => {
  proxy = await startDatabaseProxy();
});
afterEach(() => proxy.fault(null));
afterAll(() => proxy.close());

const numberIn = async (document: DocumentReference): Promise<unknown> => (await document.get()).get("n");

/** Injects a fault into the first call of this method. */
const first =
  (method: string, fault: Fault): FaultPolicy =>
  (called, index) =>
    called === method && index === 0 ? fault : undefined;

test("calls are counted as Firestore bills them", async () => {
  const some = collection();
  await newDocument();
  const batch = database().batch();
  for (const id of ["a", "b", "c", "d"]) batch.set(some.doc(id), { n: 1 });
  await batch.commit();
  await some.doc("d").delete();
  expect(proxy.counts()).toEqual({ ...noCounts(), calls: { Commit: 2 }, writes: 4, deletes: 1 });

  proxy.reset();
  await database().getAll(some.doc("a"), some.doc("d"));
  expect(proxy.counts()).toEqual({ ...noCounts(), calls: { BatchGetDocuments: 1 }, reads: 2 });

  proxy.reset();
  await some.get();
  await some.where("n", "==", 2).get();
  await some.count().get();
  expect(proxy.counts()).toEqual({ ...noCounts(), calls: { RunQuery: 2, RunAggregationQuery: 1 }, reads: 5 });

  proxy.reset();
  await database().runTransaction(async (transaction) => {
    const document = await transaction.get(some.doc("a"));
    transaction.update(document.ref, { n: 2 });
  });
  const rolledBack = database().runTransaction(async (transaction) => {
    await transaction.get(some);
    throw new Error("rolled back");
  });
  await expect(rolledBack).rejects.toThrow("rolled back");
  // The client does not wait for a rollback.
  while (proxy.counts().transactionsRolledBack === 0) await sleep(5);
  expect(proxy.counts()).toMatchObject({ reads: 4, writes: 1, transactionsBegun: 2, transactionsRolledBack: 1 });
});

test("large documents and concurrent calls pass unchanged", async () => {
  const some = collection();
  const texts = Array.from({ length: 30 }, (_none, index) => String(index).repeat(100_000));
  await Promise.all(texts.map((text, index) => some.doc(String(index)).set({ text })));
  const { docs } = await some.get();
  expect(new Set(docs.map((one): unknown => one.get("text")))).toEqual(new Set(texts));
});

test("a listener receives changes through the proxy", async () => {
  const document = await newDocument();
  const seen: unknown[] = [];
  let update: Promise<unknown> | undefined;
  await new Promise<void>((resolve) => {
    const stop = document.onSnapshot((snapshot) => {
      seen.push(snapshot.get("n"));
      if (seen.length === 1) update = document.update({ n: 1 });
      if (seen.length < 2) return;
      stop();
      resolve();
    });
  });
  await update;
  while (proxy.counts().writes === 0) await sleep(5);
  expect(seen).toEqual([0, 1]);
  expect(proxy.counts()).toMatchObject({ calls: { Listen: 1 }, reads: 2, writes: 1 });
});

/** The result of a commit that increments n without a precondition. */
async function countUp(document: DocumentReference): Promise<unknown> {
  const count = database().runTransaction(
    (transaction) => Promise.resolve(transaction.update(document, { n: FieldValue.increment(1) })),
    { maxAttempts: 1 },
  );
  const failure: unknown = await count.then(() => undefined, codeOf);
  return [failure, await numberIn(document)];
}

test.each(["DEADLINE_EXCEEDED", "ABORTED", "INTERNAL"] as const)(
  "a commit with the error %s before it is not executed, and with the error after it is",
  async (outcome) => {
    const document = await newDocument();
    proxy.fault(first("Commit", { when: "before", outcome }));
    expect(await countUp(document)).toEqual([STATUS[outcome], 0]);
    proxy.fault(first("Commit", { when: "after", outcome }));
    expect(await countUp(document)).toEqual([STATUS[outcome], 1]);
  },
);

test.each(["RESOURCE_EXHAUSTED", "UNAVAILABLE", "cut"] as const)(
  "the client itself retries a commit after %s, so that it is executed twice if the error came after it",
  async (outcome) => {
    const document = await newDocument();
    proxy.fault(first("Commit", { when: "before", outcome }));
    expect(await countUp(document)).toEqual([undefined, 1]);
    proxy.fault(first("Commit", { when: "after", outcome }));
    expect(await countUp(document)).toEqual([undefined, 3]);
  },
);

test("a slow call gets its response, whichever way it is slow", async () => {
  const document = await newDocument();
  for (const when of ["before", "after"] as const) {
    proxy.fault(first("Commit", { when, delayMs: 30 }));
    await document.update({ n: FieldValue.increment(1) });
  }
  expect(await numberIn(document)).toBe(2);
  expect(proxy.counts()).toMatchObject({ faults: 2 });
});

test("an error from Firestore passes, slow or not", async () => {
  const document = await newDocument();
  for (const fault of [null, first("Commit", { when: "after", delayMs: 5 })]) {
    proxy.fault(fault);
    await expect(document.create({ n: 1 })).rejects.toMatchObject({ code: 6 });
  }
  expect(proxy.counts()).toMatchObject({ writes: 0 });
});

test("random faults of the same seed are equal, and have about the requested rate", () => {
  const [one, same, other] = [randomFaults(7, 0.25), randomFaults(7, 0.25), randomFaults(8, 0.25)];
  const drawn = (policy: FaultPolicy) => Array.from({ length: 1_000 }, (_none, index) => policy("Commit", index));
  const faults = drawn(one);
  expect(drawn(same)).toEqual(faults);
  expect(drawn(other)).not.toEqual(faults);
  const made = faults.filter((fault) => fault !== undefined);
  expect(made.length).toBeGreaterThan(200);
  expect(made.length).toBeLessThan(300);
  for (const outcome of [...RANDOM_STATUSES, "cut", undefined]) {
    for (const when of ["before", "after"]) {
      expect(made.some((fault) => fault.outcome === outcome && fault.when === when)).toBe(true);
    }
  }
  expect(randomFaults(7, 1)("Listen", 0)).toBeUndefined();
});
