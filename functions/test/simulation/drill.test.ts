import { FieldValue } from "firebase-admin/firestore";
import { type Documents, Drill } from "../../tools/drill/drill.ts";
import { seedLedger } from "../../tools/drill/seed.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { firestore } from "../../src/store/connection.ts";
import { temporaryFolders } from "../support/folder.ts";

const newFolder = temporaryFolders();

let drill: Drill;
let before: Documents;
let payments: string[];

beforeAll(async () => {
  drill = await Drill.begin(newFolder());
  await seedLedger({ franchisees: 2, payments: 24, days: 4 });
  before = await drill.everything();
  payments = [...before.keys()].filter((path) => /^franchisees\/\w+\/transactions\/\w+$/.test(path));
  await drill.backUp();
  await drill.wipe();
});
afterAll(stopServices);

test("the wiped database is empty, and the restored one equals the original", async () => {
  expect((await drill.everything()).size).toBe(0);
  await drill.restore();
  expect(await drill.findings(before)).toEqual({
    documents: before.size,
    franchisees: 2,
    transactions: 24,
    closes: [...before.keys()].filter((path) => path.includes("/closes/")).length,
    wrong: [],
  });
});

test.each<[string, (path: string) => Promise<unknown>, (path: string) => (string | RegExp)[]]>([
  ["a payment is missing", (path) => firestore().doc(path).delete(), (path) => [`${path} is missing.`]],
  [
    "an amount is off by a cent",
    (path) =>
      firestore()
        .doc(path)
        .update({ amount_total: FieldValue.increment(-1) }),
    (path) => [new RegExp(`^${path}: amount_total was {"integerValue":"\\d+"}, now {"integerValue":"\\d+"}\\.$`)],
  ],
])(
  "a restore in which %s is detected, in the documents, the totals and the closes",
  async (_what, damage, named) => {
    const path = payments[0] ?? "";
    const whole = await firestore().doc(path).get();
    await damage(path);
    const { wrong } = await drill.findings(before);
    for (const sentence of [
      ...named(path),
      / differs from its transactions by -?\d+\.$/,
      / differs from its close\.$/,
    ]) {
      expect(wrong).toContainEqual(expect.stringMatching(sentence));
    }
    await firestore()
      .doc(path)
      .set(whole.data() ?? {});
    expect((await drill.findings(before)).wrong).toEqual([]);
  },
  60_000,
);
