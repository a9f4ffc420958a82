import { FieldValue } from "firebase-admin/firestore";
import { z } from "zod";
import { DESCRIPTIVE_FIELDS } from "../../src/domain/payment-details.ts";
import {
  ADDRESS,
  erase,
  everything,
  golden,
  snapshot,
  OTHERS,
  personalPaths,
  SAID,
  say,
} from "../support/erasure-fixture.ts";
import { newFranchisee } from "../support/api.ts";
import { NO_DETAILS } from "../support/records.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import type { Stored } from "../support/oracle-totals.ts";
import { expectTotals } from "../support/totals.ts";

isolateDatabase();

// An address that is written otherwise, or elsewhere, than in a payment's e-mail.

beforeEach(async () => {
  for (const collection of await database().listCollections()) await database().recursiveDelete(collection);
});

const HIDDEN = [
  "ada@example.org\u200b",
  "ada\uff20example.org",
  "=ada@example.org",
  "{ada@example.org}",
  "ada@example.org|grace@example.org",
  "ada@example.org/z",
  "mail=ada@example.org",
  "ada%40example.org",
  "ADA%2540EXAMPLE.ORG",
  "ada&#64;example.org",
  '{"to":"ada@example.org"}',
  "=?utf-8?Q?ada=40example=2Eorg?=",
  "ada<wbr>@<b>example</b>.org",
  "\u8acb\u806f\u7d61ada@example.org\u8b1d\u8b1d",
  "Ada\\nada@exam\r\n ple.org",
];

test("every payment is erased whose e-mail has something attached, or is encoded", async () => {
  const franchiseeId = newFranchisee();
  for (const [index, email] of HIDDEN.entries()) await say(franchiseeId, golden(`pi_${index}`, { email }));
  await say(franchiseeId, golden("pi_others", OTHERS));
  const { code, output } = await erase("--email", ADDRESS, ...SAID);
  expect([code, output]).toEqual([0, expect.stringMatching(`${HIDDEN.length} payments erased`)]);
  const { docs } = await transactionsOf(franchiseeId).get();
  const left = docs.filter((document) => document.get("email") !== null || document.get("name") !== null);
  expect(left.map(({ id }) => id)).toEqual(["pi_others"]);
  expect(await personalPaths()).toEqual([]);
});

const totalsIn = ({ franchisee }: Stored): unknown => z.object({ totals: z.looseObject({}) }).parse(franchisee).totals;

/** The month, as its franchisee reads it. */
async function monthOf(franchiseeId: string): Promise<string> {
  const month = [...(await everything())].filter(([path]) => path.startsWith(`franchisees/${franchiseeId}/revenue/`));
  expect(month).not.toEqual([]);
  return JSON.stringify(month);
}

test.each(DESCRIPTIVE_FIELDS)(
  "a customer is erased from %s of their payments, in totals too, and the money stays",
  async (field) => {
    const franchiseeId = newFranchisee();
    const named = { [field]: "Party of Ada Lovelace (ada%40example.org)" };
    await say(franchiseeId, golden("pi_1", named));
    await say(franchiseeId, snapshot("pi_1"));
    await say(franchiseeId, golden("pi_2", { ...named, amount_total: 1000 }));
    await say(franchiseeId, golden("pi_others", OTHERS));
    const before = await expectTotals(franchiseeId);
    expect(await personalPaths()).toContain(`franchisees/${franchiseeId}/transactions/pi_1`);

    expect((await erase("--email", ADDRESS, ...SAID)).code).toBe(0);
    expect(await personalPaths()).toEqual([]);
    expect(await monthOf(franchiseeId)).not.toMatch(/lovelace|ada%40/);
    expect(totalsIn(await expectTotals(franchiseeId))).toEqual(totalsIn(before));

    // What was erased does not come back with the same record, nor with the next snapshot.
    expect((await say(franchiseeId, golden("pi_2", { ...named, amount_total: 1000 }))).outcome).toBe("duplicate");
    await say(franchiseeId, snapshot("pi_1", { amountRefunded: 5 }, 400));
    expect(await personalPaths()).toEqual([]);
    await expectTotals(franchiseeId);
  },
);

test("what a sender has typed in the words of an erasure is replaced like any other text", async () => {
  const franchiseeId = newFranchisee();
  const typed = { workshopId: "[erased] 1", workshopName: "[erased] party", workshopTime: "[erased]" };
  const news = { workshopId: "w2", workshopName: "Summer party", workshopTime: "noon" };
  await say(franchiseeId, golden("pi_plain", { ...OTHERS, ...typed }));
  await say(franchiseeId, golden("pi_mention", { ...OTHERS, ...typed, organizationType: `for ${ADDRESS}` }));
  await say(franchiseeId, golden("pi_own", typed));
  expect((await erase("--email", ADDRESS, ...SAID)).code).toBe(0);
  for (const id of ["pi_plain", "pi_mention", "pi_own"]) {
    expect((await say(franchiseeId, golden(id, { ...OTHERS, ...news }, 400))).outcome).toBe("updated");
    expect((await transactionsOf(franchiseeId).doc(id).get()).data()).toMatchObject({ ...news, golden: news });
  }
  await expectTotals(franchiseeId);
});

test("what was erased before it was stored what is left of it does not come back either", async () => {
  const franchiseeId = newFranchisee();
  const named = { workshopId: "ada@example.org: rope", workshopName: "Party of ada@example.org" };
  await say(franchiseeId, golden("pi_own", named));
  await say(franchiseeId, golden("pi_others", { ...OTHERS, ...named, correction: `not by ${ADDRESS}` }));
  await say(franchiseeId, snapshot("pi_others", { details: { ...NO_DETAILS, ...OTHERS, ...named } }));
  expect((await erase("--email", ADDRESS, ...SAID)).code).toBe(0);
  for (const id of ["pi_own", "pi_others"]) {
    await transactionsOf(franchiseeId).doc(id).update({ redactions: FieldValue.delete() });
  }
  await say(franchiseeId, golden("pi_own", { ...named, participantCount: 4 }, 400));
  await say(franchiseeId, golden("pi_others", { ...OTHERS, ...named, correction: `not by ${ADDRESS}` }, 400));
  await say(
    franchiseeId,
    snapshot("pi_others", { amountRefunded: 5, details: { ...NO_DETAILS, ...OTHERS, ...named } }, 500),
  );
  expect(await personalPaths()).toEqual([]);
  await expectTotals(franchiseeId);
});

test("workshops that are called after the customer stay apart, in months and in who else paid for them", async () => {
  const franchiseeId = newFranchisee();
  const [first, second] = ["ada@example.org: rope", "ada@example.org: clay"];
  await say(franchiseeId, golden("pi_1", { workshopId: first, workshopName: first }));
  await say(franchiseeId, golden("pi_2", { workshopId: second, workshopName: second }));
  await say(franchiseeId, golden("pi_others", { ...OTHERS, workshopId: first, workshopName: first }));
  expect((await erase("--email", ADDRESS, ...SAID)).code).toBe(0);
  expect(await personalPaths()).toEqual([]);
  const { docs } = await transactionsOf(franchiseeId).get();
  const ids = docs.map((document): unknown => document.get("workshopId"));
  expect(ids).toEqual([ids[0], expect.not.stringContaining(String(ids[0])), ids[0]]);
  expect(docs.map((document): unknown => document.get("workshopName"))).toEqual([
    "[erased]: rope",
    "[erased]: clay",
    "[erased]: rope",
  ]);
  expect((await transactionsOf(franchiseeId).doc("pi_others").get()).get("name")).toBe(OTHERS.name);
  await expectTotals(franchiseeId);
});

test("an address in any document is erased, whatever its collection and field", async () => {
  const fields = { [`by ${ADDRESS}`]: 1, list: [{ to: "Mail=ada@example.org" }], kept: "grace@example.org" };
  for (const path of ["notes/1", "notes/gone/replies/1", "stripeEvents/evt_1", "syncState/x", "deadLetters/x/y/z"]) {
    await database().doc(path).set(fields);
  }
  const { code, output } = await erase("--email", ADDRESS, ...SAID);
  expect([code, output]).toEqual([0, expect.stringContaining("it is in none of the 5 documents of the database")]);
  expect((await database().doc("notes/gone/replies/1").get()).data()).toEqual({
    "by [erased]": 1,
    list: [{ to: "Mail=[erased]" }],
    kept: "grace@example.org",
  });
  expect(await personalPaths()).toEqual([]);
});

test("it is not said that nothing is left where something is: in a path, in a close", async () => {
  await database().doc(`notes/${ADDRESS}`).set({ a: 1 });
  await database().doc("franchisees/acct_1/closes/2025-11-14").set({ of: ADDRESS });
  const { code, output } = await erase("--email", ADDRESS, ...SAID);
  expect(code).toBe(1);
  expect(output).not.toContain("Nothing of this address");
  expect(output.split("\n").at(-1)).toBe("Similar texts listed and not erased: 0.");
  expect(output).toContain("franchisees/acct_1/closes/2025-11-14 has it, and is never changed");
  expect(output).toContain(`notes/${ADDRESS} still has it.`);
  expect((await database().doc("franchisees/acct_1/closes/2025-11-14").get()).data()).toEqual({ of: ADDRESS });
});

test("of two fields with the address no value is lost, and bytes are erased", async () => {
  const [first, second] = ["by ada@example.org", "by ADA@example.org"];
  await database()
    .doc("notes/1")
    .set({ [first]: 1, [second]: 2, raw: Buffer.from(`to ${ADDRESS}`) });
  expect((await erase("--email", ADDRESS, ...SAID)).code).toBe(0);
  const { raw, ...left } = (await database().doc("notes/1").get()).data() ?? {};
  expect(Object.values(left).toSorted()).toEqual([1, 2]);
  expect(Object.keys(left).toSorted()).toEqual(["by [erased]", "by [erased] (2)"]);
  expect(String(raw)).toBe("to [erased]");
});

test("what cannot be erased is named with its remedy, also in a dry run and in a payment, and is gone once that is done", async () => {
  const franchiseeId = newFranchisee();
  const named = database().doc(`notes/${ADDRESS}`);
  await named.set({ a: 1 });
  await database()
    .doc("notes/1")
    .set({ list: [{ to: named }] });
  await say(franchiseeId, golden("pi_1", OTHERS));
  const payment = transactionsOf(franchiseeId).doc("pi_1");
  await payment.update({ note: named });
  const lines = [
    `notes/1 still has it. The field list.0.to refers to notes/${ADDRESS}: point it at a document without the address, or delete it.`,
    `notes/${ADDRESS} still has it. Its path has the address: copy it to another id, with all that is below it, and delete it here.`,
    `${payment.path} still has it. The field note refers to notes/${ADDRESS}: point it at a document without the address, or delete it.`,
  ];
  const dry = await erase("--email", ADDRESS, ...SAID, "--dry-run");
  expect(dry.code).toBe(0);
  const { code, output } = await erase("--email", ADDRESS, ...SAID);
  expect(code).toBe(1);
  for (const line of lines) {
    expect(dry.output.split("\n")).toContain(line);
    expect(output.split("\n")).toContain(line);
  }

  await database().doc("notes/2").set({ a: 1 });
  await named.delete();
  await database()
    .doc("notes/1")
    .set({ list: [{ to: database().doc("notes/2") }] });
  await payment.update({ note: FieldValue.delete() });
  expect((await erase("--email", ADDRESS, ...SAID)).code).toBe(0);
});

test("what only resembles the customer is listed, and left", async () => {
  const franchiseeId = newFranchisee();
  await say(franchiseeId, golden("pi_1"));
  const similar = { email: "ada@exmaple.org", workshopName: "Lovelace, Ada", correction: "ada at example dot org" };
  for (const [field, text] of Object.entries(similar)) {
    await say(franchiseeId, golden(`pi_${field.toLowerCase()}`, { ...OTHERS, [field]: text }));
  }
  const before = await everything();
  const { code, output } = await erase("--email", ADDRESS, ...SAID);
  expect(code).toBe(0);
  for (const [field, text] of Object.entries(similar)) {
    const path = `franchisees/${franchiseeId}/transactions/pi_${field.toLowerCase()}`;
    expect(output).toContain(`Similar, and not erased: ${path}: ${text}`);
    expect((await everything()).get(path)).toBe(before.get(path));
  }
  const lines = output.split("\n");
  const listed = lines.filter((line) => line.startsWith("Similar, and not erased: ")).length;
  expect(listed).toBeGreaterThanOrEqual(3);
  expect(lines.at(-1)).toMatch(/^1 payments erased: erasures\/\w+\. /);
  expect(lines.at(-1)).toMatch(new RegExp(`\\. Similar texts listed and not erased: ${listed}\\.$`));
});

test("every document is read, of however many pages, and counted by collection", async () => {
  const writer = database().bulkWriter();
  for (let index = 0; index < 250; index += 1) void writer.set(database().doc(`notes/n${index}/replies/1`), { index });
  for (const id of ["n000", "n249", "z"]) void writer.set(database().doc(`notes/${id}`), { to: ADDRESS });
  await writer.close();
  const { code, output } = await erase("--email", ADDRESS, ...SAID);
  expect([code, output]).toEqual([
    0,
    expect.stringContaining(
      "none of the 253 documents of the database, all of which were read (notes 3, notes/*/replies 250)",
    ),
  ]);
  expect(await personalPaths()).toEqual([]);
});

test("of very many that resemble the customer the first thousand are listed, and the others counted", async () => {
  const writer = database().bulkWriter();
  for (let index = 0; index < 1_003; index += 1)
    void writer.set(database().doc(`notes/${index}`), { to: "ada@exmaple.org" });
  await writer.close();
  const { code, output } = await erase("--email", ADDRESS, ...SAID);
  const lines = output.split("\n").filter((line) => line.startsWith("Similar, and not erased: "));
  expect([code, lines.length, lines.at(-1)]).toEqual([0, 1_001, "Similar, and not erased: 3 more."]);
  expect(output.split("\n").at(-1)).toBe("Similar texts not erased: 1003, of which 1000 are listed.");
});

test("a part of the customer's name in a workshop of their own payments is listed, and left", async () => {
  const franchiseeId = newFranchisee();
  const name = "Jos\u00e9 Lovelace";
  const labels = [
    ["pi_1", "Jose's birthday"],
    ["pi_2", "Lovelace family retreat"],
    ["pi_3", "Cedar rope"],
  ] as const;
  const others = { name: "Jos\u00e9", email: "edsger@example.com", phone: null };
  for (const [id, workshopName] of labels) await say(franchiseeId, golden(id, { name, workshopName }));
  await say(franchiseeId, golden("pi_others", { ...others, workshopName: "Jos\u00e9's clay" }));
  const similar = labels
    .slice(0, 2)
    .map(([id, label]) => `Similar, and not erased: franchisees/${franchiseeId}/transactions/${id}: ${label}`);
  const linesOf = (output: string) => output.split("\n").filter((line) => line.startsWith("Similar"));
  const dry = await erase("--email", ADDRESS, ...SAID, "--dry-run");
  expect([dry.code, linesOf(dry.output)]).toEqual([0, similar]);
  const { code, output } = await erase("--email", ADDRESS, ...SAID);
  expect([code, linesOf(output)]).toEqual([0, similar]);
  const { docs } = await transactionsOf(franchiseeId).get();
  const left = docs.map((document): unknown[] => [document.get("name"), document.get("workshopName")]);
  expect(left).toEqual([...labels.map(([, label]) => [null, label]), ["Jos\u00e9", "Jos\u00e9's clay"]]);
});

test.each(["ada@example.org.", "'ada@example.org'", "=ada@example.org", "<ada@example.org>", "ada%40example.org"])(
  "--email %s is refused, and the address that is meant is named",
  async (email) => {
    await database().doc("notes/1").set({ to: ADDRESS });
    const { code, output } = await erase(`--email=${email}`, ...SAID);
    expect([code, output]).toEqual([1, expect.stringContaining("did you mean ada@example.org?")]);
    expect((await database().doc("notes/1").get()).data()).toEqual({ to: ADDRESS });
  },
);
