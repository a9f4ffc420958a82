// Requests that Python senders sent to the legacy service, which stored any values.
import { spawnSync } from "node:child_process";
import { newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { transactionsOf } from "../support/database.ts";
import { legacyExample } from "../support/records.ts";

/** Records with these fields, serialised by Python's own json.dumps, as such a sender sends them. */
function dumped(all: readonly string[]): string[] {
  const records = all.map((fields) => `dump(${JSON.stringify(newPayment())}, ${fields})`);
  const program = `
import datetime, decimal, json
def dump(payment, **fields): print(json.dumps({**${JSON.stringify(legacyExample)}, "stripePaymentId": payment, **fields}))
${records.join("\n")}`;
  const { status, stdout, stderr } = spawnSync("python3", ["-c", program], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split("\n");
}

const WHEN = "datetime.datetime(2025, 11, 14, 13, 30, 0";
const lost = (field: string, expected: string, received: string) =>
  `${field} was left out: expected ${expected}, received ${received}.`;
const TEXT = "well-formed text of at most 500 characters";
const COUNT = "a whole number of 0 or more";
const DIGITS = "a number with more digits than can be read exactly";

const RECORDED: [fields: string, stored: object, warnings: string[]][] = [
  [
    "name=None, participantCount=None, workshopTime=None",
    { name: null, participantCount: null, workshopTime: null },
    [],
  ],
  ["participantCount=280.0", { participantCount: 280 }, []],
  ["participantCount=2.8e2", { participantCount: 280 }, []],
  [
    "participantCount='280'",
    { participantCount: 280 },
    ["participantCount was sent as a string and recorded as a number."],
  ],
  [
    "participantCount=str(decimal.Decimal('280'))",
    { participantCount: 280 },
    ["participantCount was sent as a string and recorded as a number."],
  ],
  ["participantCount=280.5", { participantCount: null }, [lost("participantCount", COUNT, "another number")]],
  ["participantCount=-1", { participantCount: null }, [lost("participantCount", COUNT, "another number")]],
  ["participantCount=1e300", { participantCount: null }, [lost("participantCount", COUNT, DIGITS)]],
  ["participantCount=10**30", { participantCount: null }, [lost("participantCount", COUNT, DIGITS)]],
  ["participantCount=True", { participantCount: null }, [lost("participantCount", COUNT, "a boolean")]],
  ["participantCount=''", { participantCount: null }, [lost("participantCount", COUNT, "a text of 0 characters")]],
  ["phone=6045550199", { phone: "6045550199" }, ["phone was sent as a number and recorded as text."]],
  ["phone=6045550199.0", { phone: "6045550199" }, ["phone was sent as a number and recorded as text."]],
  ["phone=12345678901234567890", { phone: null }, [lost("phone", TEXT, DIGITS)]],
  ["phone=2**53", { phone: null }, [lost("phone", TEXT, DIGITS)]],
  [
    "workshopId=17, workshopName=True",
    { workshopId: "17", workshopName: "true" },
    [
      "workshopId was sent as a number and recorded as text.",
      "workshopName was sent as a boolean and recorded as text.",
    ],
  ],
  ["workshopDate=datetime.date(2025, 11, 14).isoformat()", { workshopDate: "2025-11-14" }, []],
  [`workshopDate=${WHEN}).isoformat()`, { workshopDate: "2025-11-14T13:30:00" }, []],
  [`workshopDate=${WHEN}, 123456).isoformat()`, { workshopDate: "2025-11-14T13:30:00.123456" }, []],
  [
    `workshopDate=${WHEN}, 123456, datetime.timezone.utc).isoformat()`,
    { workshopDate: "2025-11-14T13:30:00.123456+00:00" },
    [],
  ],
  [`workshopDate=str(${WHEN}))`, { workshopDate: "2025-11-14 13:30:00" }, []],
  ["workshopTime=str(decimal.Decimal('13.50'))", { workshopTime: "13.50" }, []],
  ["name='  Ada  ', organizationType=''", { name: "  Ada  ", organizationType: "" }, []],
  ["name='Zo\u00eb \u540d\u524d \ud83c\udf19'", { name: "Zoë 名前 🌙" }, []],
  ["name='\\ud800'", { name: null }, [lost("name", TEXT, "ill-formed Unicode")]],
  ["name='Ada' * 1000", { name: null }, [lost("name", TEXT, "a text of 3000 characters")]],
  [
    "name={'first': 'Ada'}, phone=['604', '555']",
    { name: null, phone: null },
    [lost("name", TEXT, "an object"), lost("phone", TEXT, "a list")],
  ],
  ["items=[{'sku': 1}], metadata={'a': {'b': None}}, createdAt=1.5", { name: legacyExample.name }, []],
];

const REFUSED: [fields: string, paths: string[]][] = [
  ["amount_total='544500'", ["body.amount_total"]],
  ["amount_total=True", ["body.amount_total"]],
  ["amount_total=544500.5", ["body.amount_total"]],
  ["amount_stripe_fee=str(decimal.Decimal('201.77'))", ["body.amount_stripe_fee"]],
  ["status=1", ["body.status"]],
  ["status='paid'", ["body.status"]],
  ["currency=124", ["body.currency"]],
  ["livemode='False'", ["body.livemode"]],
  ["stripePaymentId=17, phone=6045550199", ["body.stripePaymentId"]],
  ["correction=True", ["body.correction"]],
];

const WHOLE = "amount_total=544500.0, amount_stripe_fee=2.0177e4";
const NO_JSON = ["float('nan')", "float('inf')", "-float('inf')"].map((value) => `participantCount=${value}`);

const sent = [...[...RECORDED, ...REFUSED].map(([fields]) => fields), WHOLE, ...NO_JSON];
const bodies = new Map(dumped(sent).map((body, index) => [sent[index], body]));

test.each(RECORDED)("%s is recorded, with a warning about each changed value", async (fields, stored, warnings) => {
  const franchiseeId = newFranchisee();
  const body = bodies.get(fields) ?? "";
  const response = await postRecord(franchiseeId, body);
  expect([response.status, response.body?.outcome, response.body?.warnings ?? []]).toEqual([200, "created", warnings]);
  const [document] = (await transactionsOf(franchiseeId).get()).docs;
  const { amount_total, status } = legacyExample;
  expect(document?.data()).toMatchObject({ amount_total, status, ...stored });

  // A repeated record is a duplicate, also with the recorded types.
  expect((await postRecord(franchiseeId, body)).body?.outcome).toBe("duplicate");
  const rewritten = JSON.stringify({ ...legacyExample, stripePaymentId: document?.id, ...stored });
  expect((await postRecord(franchiseeId, rewritten)).body).toMatchObject({ outcome: "duplicate" });
  expect((await transactionsOf(franchiseeId).get()).docs.map((one) => one.data()["revision"] as unknown)).toEqual([0]);
});

test.each(REFUSED)("money, ids and status are strict: %s is refused, and nothing is written", async (fields, paths) => {
  const franchiseeId = newFranchisee();
  const response = await postRecord(franchiseeId, bodies.get(fields) ?? "");
  expect([response.status, response.body?.error?.details.map(({ path }) => path)]).toEqual([400, paths]);
  expect((await transactionsOf(franchiseeId).get()).size).toBe(0);
});

test("amounts that Python wrote as whole floats are accepted", async () => {
  const franchiseeId = newFranchisee();
  const response = await postRecord(franchiseeId, bodies.get(WHOLE) ?? "");
  expect([response.status, response.body?.outcome, response.body?.warnings]).toEqual([200, "created", undefined]);
});

test.each(NO_JSON)("%s, which is not JSON, gets a 400", async (fields) => {
  const franchiseeId = newFranchisee();
  const response = await postRecord(franchiseeId, bodies.get(fields) ?? "");
  expect(response.status).toBe(400);
  expect((await transactionsOf(franchiseeId).get()).size).toBe(0);
});
