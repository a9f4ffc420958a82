import { FieldValue } from "firebase-admin/firestore";
import { z } from "zod";
import { DESCRIPTIVE_FIELDS } from "../../src/domain/payment-details.ts";
import {
  ADDRESS,
  erase,
  allDocuments,
  golden,
  snapshot,
  OTHER_CUSTOMER,
  personalPaths,
  ERASURE_OPTIONS,
  record,
} from "../support/erasure-fixture.ts";
import { newFranchisee } from "../support/api.ts";
import { NO_DETAILS } from "../support/records.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import type { Stored } from "../support/oracle-totals.ts";
import { expectTotals } from "../support/totals.ts";

// cspell:ignore eorg

isolateDatabase();

// Addresses in other spellings, or in other fields than a payment's email.

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

test("every payment is erased whose email has something attached, or is encoded", async () => {
  const franchiseeId = newFranchisee();
  for (const [index, email] of HIDDEN.entries()) await record(franchiseeId, golden(`pi_${index}`, { email }));
  await record(franchiseeId, golden("pi_others", OTHER_CUSTOMER));
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  expect([code, output]).toEqual([0, expect.stringMatching(`${HIDDEN.length} payments erased`)]);
  const { docs } = await transactionsOf(franchiseeId).get();
  const left = docs.filter((document) => document.get("email") !== null || document.get("name") !== null);
  expect(left.map(({ id }) => id)).toEqual(["pi_others"]);
  expect(await personalPaths()).toEqual([]);
});

const totalsIn = ({ franchisee }: Stored): unknown => z.object({ totals: z.looseObject({}) }).parse(franchisee).totals;

/** The month as its franchisee reads it. */
async function monthOf(franchiseeId: string): Promise<string> {
  const month = [...(await allDocuments())].filter(([path]) => path.startsWith(`franchisees/${franchiseeId}/revenue/`));
  expect(month).not.toEqual([]);
  return JSON.stringify(month);
}

test.each(DESCRIPTIVE_FIELDS)(
  "a customer is erased from %s of their payments, and from the totals, while the amounts stay",
  async (field) => {
    const franchiseeId = newFranchisee();
    const named = { [field]: "Party of Ada Lovelace (ada%40example.org)" };
    await record(franchiseeId, golden("pi_1", named));
    await record(franchiseeId, snapshot("pi_1"));
    await record(franchiseeId, golden("pi_2", { ...named, amount_total: 1000 }));
    await record(franchiseeId, golden("pi_others", OTHER_CUSTOMER));
    const before = await expectTotals(franchiseeId);
    expect(await personalPaths()).toContain(`franchisees/${franchiseeId}/transactions/pi_1`);

    expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).code).toBe(0);
    expect(await personalPaths()).toEqual([]);
    expect(await monthOf(franchiseeId)).not.toMatch(/lovelace|ada%40/);
    expect(totalsIn(await expectTotals(franchiseeId))).toEqual(totalsIn(before));

    // Erased texts do not return with the same record, nor with the next snapshot.
    expect((await record(franchiseeId, golden("pi_2", { ...named, amount_total: 1000 }))).outcome).toBe("duplicate");
    await record(franchiseeId, snapshot("pi_1", { amountRefunded: 5 }, 400));
    expect(await personalPaths()).toEqual([]);
    await expectTotals(franchiseeId);
  },
);

test("a text that a sender typed like an erasure is replaced like any other text", async () => {
  const franchiseeId = newFranchisee();
  const typed = { workshopId: "[erased] 1", workshopName: "[erased] party", workshopTime: "[erased]" };
  const newer = { workshopId: "w2", workshopName: "Summer party", workshopTime: "noon" };
  await record(franchiseeId, golden("pi_plain", { ...OTHER_CUSTOMER, ...typed }));
  await record(franchiseeId, golden("pi_mention", { ...OTHER_CUSTOMER, ...typed, organizationType: `for ${ADDRESS}` }));
  await record(franchiseeId, golden("pi_own", typed));
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).code).toBe(0);
  for (const id of ["pi_plain", "pi_mention", "pi_own"]) {
    expect((await record(franchiseeId, golden(id, { ...OTHER_CUSTOMER, ...newer }, 400))).outcome).toBe("updated");
    expect((await transactionsOf(franchiseeId).doc(id).get()).data()).toMatchObject({ ...newer, golden: newer });
  }
  await expectTotals(franchiseeId);
});

test("a text that was erased before redactions were stored does not return either", async () => {
  const franchiseeId = newFranchisee();
  const named = { workshopId: "ada@example.org: rope", workshopName: "Party of ada@example.org" };
  await record(franchiseeId, golden("pi_own", named));
  await record(franchiseeId, golden("pi_others", { ...OTHER_CUSTOMER, ...named, correction: `not by ${ADDRESS}` }));
  await record(franchiseeId, snapshot("pi_others", { details: { ...NO_DETAILS, ...OTHER_CUSTOMER, ...named } }));
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).code).toBe(0);
  for (const id of ["pi_own", "pi_others"]) {
    await transactionsOf(franchiseeId).doc(id).update({ redactions: FieldValue.delete() });
  }
  await record(franchiseeId, golden("pi_own", { ...named, participantCount: 4 }, 400));
  await record(
    franchiseeId,
    golden("pi_others", { ...OTHER_CUSTOMER, ...named, correction: `not by ${ADDRESS}` }, 400),
  );
  await record(
    franchiseeId,
    snapshot("pi_others", { amountRefunded: 5, details: { ...NO_DETAILS, ...OTHER_CUSTOMER, ...named } }, 500),
  );
  expect(await personalPaths()).toEqual([]);
  await expectTotals(franchiseeId);
});

test("workshops named after the customer stay separate, in months and in other customers' payments", async () => {
  const franchiseeId = newFranchisee();
  const [first, second] = ["ada@example.org: rope", "ada@example.org: clay"];
  await record(franchiseeId, golden("pi_1", { workshopId: first, workshopName: first }));
  await record(franchiseeId, golden("pi_2", { workshopId: second, workshopName: second }));
  await record(franchiseeId, golden("pi_others", { ...OTHER_CUSTOMER, workshopId: first, workshopName: first }));
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).code).toBe(0);
  expect(await personalPaths()).toEqual([]);
  const { docs } = await transactionsOf(franchiseeId).get();
  const ids = docs.map((document): unknown => document.get("workshopId"));
  expect(ids).toEqual([ids[0], expect.not.stringContaining(String(ids[0])), ids[0]]);
  expect(docs.map((document): unknown => document.get("workshopName"))).toEqual([
    "[erased]: rope",
    "[erased]: clay",
    "[erased]: rope",
  ]);
  expect((await transactionsOf(franchiseeId).doc("pi_others").get()).get("name")).toBe(OTHER_CUSTOMER.name);
  await expectTotals(franchiseeId);
});

test("an address in any document is erased, whatever its collection and field", async () => {
  const fields = { [`by ${ADDRESS}`]: 1, list: [{ to: "Mail=ada@example.org" }], kept: "grace@example.org" };
  for (const path of ["notes/1", "notes/gone/replies/1", "stripeEvents/evt_1", "syncState/x", "deadLetters/x/y/z"]) {
    await database().doc(path).set(fields);
  }
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  expect([code, output]).toEqual([0, expect.stringContaining("none of the 5 documents of the database has it")]);
  expect((await database().doc("notes/gone/replies/1").get()).data()).toEqual({
    "by [erased]": 1,
    list: [{ to: "Mail=[erased]" }],
    kept: "grace@example.org",
  });
  expect(await personalPaths()).toEqual([]);
});

test("the command does not claim success while the address is left in a path or in a close", async () => {
  await database().doc(`notes/${ADDRESS}`).set({ a: 1 });
  await database().doc("franchisees/acct_1/closes/2025-11-14").set({ of: ADDRESS });
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  expect(code).toBe(1);
  expect(output).not.toContain("Nothing of this address");
  expect(output.split("\n").at(-1)).toBe("Similar texts listed and not erased: 0.");
  expect(output).toContain("franchisees/acct_1/closes/2025-11-14 has it, but a close is immutable");
  expect(output).toContain(`notes/${ADDRESS} still has it.`);
  expect((await database().doc("franchisees/acct_1/closes/2025-11-14").get()).data()).toEqual({ of: ADDRESS });
});

test("no value is lost if two field names contain the address, and bytes are erased", async () => {
  const [first, second] = ["by ada@example.org", "by ADA@example.org"];
  await database()
    .doc("notes/1")
    .set({ [first]: 1, [second]: 2, raw: Buffer.from(`to ${ADDRESS}`) });
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).code).toBe(0);
  const { raw, ...left } = (await database().doc("notes/1").get()).data() ?? {};
  expect(Object.values(left).toSorted()).toEqual([1, 2]);
  expect(Object.keys(left).toSorted()).toEqual(["by [erased]", "by [erased] (2)"]);
  expect(String(raw)).toBe("to [erased]");
});

test("what cannot be erased is listed with its remedy, also in a dry run and in a payment, until it is removed", async () => {
  const franchiseeId = newFranchisee();
  const named = database().doc(`notes/${ADDRESS}`);
  await named.set({ a: 1 });
  await database()
    .doc("notes/1")
    .set({ list: [{ to: named }] });
  await record(franchiseeId, golden("pi_1", OTHER_CUSTOMER));
  const payment = transactionsOf(franchiseeId).doc("pi_1");
  await payment.update({ note: named });
  const lines = [
    `notes/1 still has it. The field list.0.to refers to notes/${ADDRESS}: point it at a document without the address, or delete it.`,
    `notes/${ADDRESS} still has it. Its path has the address: copy it and everything below it to another id, then delete it.`,
    `${payment.path} still has it. The field note refers to notes/${ADDRESS}: point it at a document without the address, or delete it.`,
  ];
  const dry = await erase("--email", ADDRESS, ...ERASURE_OPTIONS, "--dry-run");
  expect(dry.code).toBe(0);
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
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
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).code).toBe(0);
});

test("texts that only resemble the customer are listed, and unchanged", async () => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, golden("pi_1"));
  const similar = { email: "ada@exmaple.org", workshopName: "Lovelace, Ada", correction: "ada at example dot org" };
  for (const [field, text] of Object.entries(similar)) {
    await record(franchiseeId, golden(`pi_${field.toLowerCase()}`, { ...OTHER_CUSTOMER, [field]: text }));
  }
  const before = await allDocuments();
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  expect(code).toBe(0);
  for (const [field, text] of Object.entries(similar)) {
    const path = `franchisees/${franchiseeId}/transactions/pi_${field.toLowerCase()}`;
    expect(output).toContain(`Similar, not erased: ${path}: ${text}`);
    expect((await allDocuments()).get(path)).toBe(before.get(path));
  }
  const lines = output.split("\n");
  const listed = lines.filter((line) => line.startsWith("Similar, not erased: ")).length;
  expect(listed).toBeGreaterThanOrEqual(3);
  expect(lines.at(-1)).toMatch(/^1 payments erased: erasures\/\w+\. /);
  expect(lines.at(-1)).toMatch(new RegExp(`\\. Similar texts listed and not erased: ${listed}\\.$`));
});

test("every document is read, page by page, and counted by collection", async () => {
  const writer = database().bulkWriter();
  for (let index = 0; index < 250; index += 1) void writer.set(database().doc(`notes/n${index}/replies/1`), { index });
  for (const id of ["n000", "n249", "z"]) void writer.set(database().doc(`notes/${id}`), { to: ADDRESS });
  await writer.close();
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  expect([code, output]).toEqual([
    0,
    expect.stringContaining("none of the 253 documents of the database has it (notes 3, notes/*/replies 250)"),
  ]);
  expect(await personalPaths()).toEqual([]);
});

test("of very many similar texts, the first thousand are listed and the others counted", async () => {
  const writer = database().bulkWriter();
  for (let index = 0; index < 1_003; index += 1)
    void writer.set(database().doc(`notes/${index}`), { to: "ada@exmaple.org" });
  await writer.close();
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  const lines = output.split("\n").filter((line) => line.startsWith("Similar, not erased: "));
  expect([code, lines.length, lines.at(-1)]).toEqual([0, 1_001, "Similar, not erased: 3 more."]);
  expect(output.split("\n").at(-1)).toBe("Similar texts not erased: 1003, of which 1000 are listed.");
});

test("a part of the customer's name in a workshop of their payments is listed, and unchanged", async () => {
  const franchiseeId = newFranchisee();
  const name = "Jos\u00e9 Lovelace";
  const labels = [
    ["pi_1", "Jose's birthday"],
    ["pi_2", "Lovelace family retreat"],
    ["pi_3", "Cedar rope"],
  ] as const;
  const others = { name: "Jos\u00e9", email: "edsger@example.com", phone: null };
  for (const [id, workshopName] of labels) await record(franchiseeId, golden(id, { name, workshopName }));
  await record(franchiseeId, golden("pi_others", { ...others, workshopName: "Jos\u00e9's clay" }));
  const similar = labels
    .slice(0, 2)
    .map(([id, label]) => `Similar, not erased: franchisees/${franchiseeId}/transactions/${id}: ${label}`);
  const linesOf = (output: string) => output.split("\n").filter((line) => line.startsWith("Similar"));
  const dry = await erase("--email", ADDRESS, ...ERASURE_OPTIONS, "--dry-run");
  expect([dry.code, linesOf(dry.output)]).toEqual([0, similar]);
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  expect([code, linesOf(output)]).toEqual([0, similar]);
  const { docs } = await transactionsOf(franchiseeId).get();
  const left = docs.map((document): unknown[] => [document.get("name"), document.get("workshopName")]);
  expect(left).toEqual([...labels.map(([, label]) => [null, label]), ["Jos\u00e9", "Jos\u00e9's clay"]]);
});

test.each(["ada@example.org.", "'ada@example.org'", "=ada@example.org", "<ada@example.org>", "ada%40example.org"])(
  "--email %s is refused, and the likely address is named",
  async (email) => {
    await database().doc("notes/1").set({ to: ADDRESS });
    const { code, output } = await erase(`--email=${email}`, ...ERASURE_OPTIONS);
    expect([code, output]).toEqual([1, expect.stringContaining("Did you mean ada@example.org instead of ")]);
    expect((await database().doc("notes/1").get()).data()).toEqual({ to: ADDRESS });
  },
);
