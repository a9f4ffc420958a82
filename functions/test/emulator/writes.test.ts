import fc from "fast-check";
import { FieldPath, FieldValue, GeoPoint, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { commitOnce } from "../../src/store/firestore.ts";
import { type FieldChange, type Fields, Increment, Path, REMOVED } from "../../src/store/writes.ts";
import { database, isolateDatabase } from "../support/database.ts";

isolateDatabase();

type Document = ReturnType<typeof pair>["ours"];

let pairs = 0;
/** Two documents: one that the SDK writes, and one that we write. */
function pair() {
  pairs += 1;
  const [sdk, ours] = ["sdk", "ours"].map((writer) => database().doc(`writes/${pairs}/by/${writer}`));
  if (!sdk || !ours) throw new Error("unreachable");
  return { sdk, ours };
}

/** A document's fields as the API returns them, which distinguishes 1 from 1.0. */
async function stored({ path }: Document): Promise<unknown> {
  const project = process.env["FIRESTORE_PROJECT_ID"];
  const url = `http://${process.env["FIRESTORE_EMULATOR_HOST"]}/v1/projects/${project}/databases/(default)/documents/${path}`;
  const response = await fetch(url, { headers: { Authorization: "Bearer owner" } });
  if (response.status === 404) return null;
  const text = (await response.text()).replaceAll(/"doubleValue": (-?[0-9.E-]+)/g, '"doubleValue": "$1"');
  const { fields } = z.object({ fields: z.unknown().optional() }).parse(JSON.parse(text));
  return fields;
}

const name = fc.oneof(
  fc.constantFrom(
    "a",
    "a.b",
    "a/b",
    "`",
    "\\",
    "\\`.",
    "1st",
    "été",
    "研",
    "with space",
    "_",
    "constructor",
    "[x]",
    "*~",
  ),
  fc.string({ minLength: 1, maxLength: 6, unit: "grapheme" }).filter((text) => !/^__.*__$/s.test(text)),
);

const timestamp = fc
  .tuple(fc.integer({ min: -60_000_000_000, max: 200_000_000_000 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([seconds, micros]) => new Timestamp(seconds, micros * 1000));

const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.boolean(),
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(0, -0, 1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 2 ** 60, Number.MIN_VALUE),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true }),
  timestamp,
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array(),
  fc
    .tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }))
    .map(([latitude, longitude]) => new GeoPoint(latitude, longitude)),
  fc.constant(null).map(() => database().doc("franchisees/acct_1/transactions/pi_1")),
);

const vector = fc
  .array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 4 })
  .map((numbers) => FieldValue.vector(numbers));

/** Arrays contain no arrays and no vectors: Firestore refuses them. */
const { value, inner } = fc.letrec<{ value: unknown; inner: Fields; element: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, tie("inner"), fc.array(tie("element"), { maxLength: 3 })),
  element: fc.oneof({ maxDepth: 3 }, scalar, tie("inner")),
  inner: fc.dictionary(name, tie("value"), { maxKeys: 4 }),
}));

const map = fc.tuple(fc.dictionary(name, vector, { maxKeys: 1 }), inner).map(([a, b]): Fields => Object.assign(a, b));

/** The SDK cannot nest a field in one that is named like a property of every object. */
const change = fc.tuple(
  fc.array(name, { minLength: 1, maxLength: 3 }).filter((path) => !path.includes("constructor")),
  fc.oneof(
    value,
    vector,
    fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true })).map((by) => new Increment(by)),
    fc.constant(REMOVED),
  ),
);

/** No path is the start of another. */
const changes = fc.uniqueArray(change, { minLength: 1, maxLength: 5, selector: ([[first]]) => first });

const forUs = (all: readonly (readonly [string[], unknown])[]): FieldChange[] =>
  all.map(([[first = "", ...others], changed]) => [new Path(first, ...others), changed]);

function forSdk(changed: unknown): unknown {
  if (changed instanceof Increment) return FieldValue.increment(changed.by);
  return changed === REMOVED ? FieldValue.delete() : changed;
}

/** The arguments of the SDK's `update`. */
function sdkUpdate(all: readonly (readonly [string[], unknown])[]): [FieldPath, unknown, ...unknown[]] {
  const [first, second, ...others] = all.flatMap(([path, changed]) => [new FieldPath(...path), forSdk(changed)]);
  if (!(first instanceof FieldPath)) throw new Error("unreachable");
  return [first, second, ...others];
}

/** The nested form of changes, for the SDK's `set` with `merge`. */
function sdkMerge(all: readonly (readonly [string[], unknown])[]): Record<string, unknown> {
  return Object.fromEntries(
    all.map(([[first = "", ...others], changed]) => [
      first,
      others.reduceRight<unknown>((nested, segment) => ({ [segment]: nested }), forSdk(changed)),
    ]),
  );
}

const RUNS = { numRuns: 150 };

describe("a commit stores what the SDK stores", () => {
  it("when it creates or replaces a document", async () => {
    await fc.assert(
      fc.asyncProperty(map, map, async (first, second) => {
        const { sdk, ours } = pair();
        await Promise.all([sdk.create(first), commitOnce((writes) => writes.create(ours, first))]);
        expect(await stored(ours)).toEqual(await stored(sdk));
        await Promise.all([sdk.set(second), commitOnce((writes) => writes.set(ours, second))]);
        expect(await stored(ours)).toEqual(await stored(sdk));
      }),
      RUNS,
    );
  });

  it("when it updates fields by their paths", async () => {
    await fc.assert(
      fc.asyncProperty(map, changes, async (before, all) => {
        const { sdk, ours } = pair();
        await Promise.all([sdk.create(before), ours.create(before)]);
        await Promise.all([sdk.update(...sdkUpdate(all)), commitOnce((writes) => writes.update(ours, forUs(all)))]);
        expect(await stored(ours)).toEqual(await stored(sdk));
      }),
      RUNS,
    );
  });

  it("when it merges fields into a document, or into none", async () => {
    // The SDK merges the fields of a map; `merge` sets what is at the path.
    const leaves = changes.filter((all) => all.every(([, changed]) => !isMap(changed)));
    await fc.assert(
      fc.asyncProperty(fc.option(map), leaves, async (before, all) => {
        const { sdk, ours } = pair();
        if (before) await Promise.all([sdk.create(before), ours.create(before)]);
        await Promise.all([
          sdk.set(sdkMerge(all), { merge: true }),
          commitOnce((writes) => writes.merge(ours, forUs(all))),
        ]);
        expect(await stored(ours)).toEqual(await stored(sdk));
      }),
      RUNS,
    );
  });
});

it("takes a field that is named like a property of every object for any other", async () => {
  const { ours } = pair();
  await commitOnce((writes) => writes.merge(ours, [[new Path("constructor", "name"), 1]]));
  await commitOnce((writes) => writes.update(ours, [[new Path("constructor", "toString"), new Increment(2)]]));
  expect((await ours.get()).data()).toEqual({ constructor: { name: 1, toString: 2 } });
});

it("writes nothing for an update without changes", async () => {
  const { ours } = pair();
  expect((await commitOnce((writes) => writes.update(ours, []))).updateTimes).toEqual([]);
});

it.each([undefined, () => 1, Symbol("x"), new Map(), { inner: [undefined] }])("refuses %p", async (unknown) => {
  const { ours } = pair();
  await expect(commitOnce((writes) => writes.create(ours, { unknown }))).rejects.toThrow("Firestore cannot store");
  expect((await ours.get()).exists).toBe(false);
});

const isMap = (changed: unknown): boolean =>
  typeof changed === "object" && changed !== null && Object.getPrototypeOf(changed) === Object.prototype;
