import { revenueResponseSchema } from "../../src/http/revenue.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { newFranchisee, send } from "../support/api.ts";
import { csvLines } from "../support/csv.ts";
import { database, isolateDatabase } from "../support/database.ts";

isolateDatabase();

let api: string;
beforeAll(async () => {
  const env = { FIRESTORE_PROJECT_ID: process.env["FIRESTORE_PROJECT_ID"] };
  api = (await serveFunction("api", process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore, { env })).url;
});
afterAll(stopServices);

test("the revenue leads from gross to what the franchisee earned, in JSON and in a file", async () => {
  const franchiseeId = newFranchisee();
  const storeMonth = (month: string, fields: object) =>
    database().doc(`franchisees/${franchiseeId}/revenue/${month}`).set(fields);
  const stored = { count: 3, gross: 30_000, stripeFees: 960, platformFees: 1_500, net: 17_540 };
  const kept = { refunded: 4_000, disputed: 10_000, netAdjustment: -13_907 };
  const parts = { refundsDeducted: 2_500, disputesDeducted: 10_000, disputeFees: 1_500, feesReturned: 125 };
  const cad = { ...stored, ...kept, ...parts };
  const jpy = { count: 1, gross: 5_000, stripeFees: 175, platformFees: 250, net: 4_575 };
  await storeMonth("2025-10", { totals: { jpy }, days: { "2025-10-02": { jpy } } });
  await storeMonth("2025-11", { totals: { cad }, days: { "2025-11-14": { cad } } });
  const path = `${api}/api/franchisees/${franchiseeId}/revenue?from=2025-10&to=2025-11`;
  const { text } = await send(path, { headers: signedHeaders("GET", path, "") });
  const { totals } = revenueResponseSchema.parse(JSON.parse(text));
  // 30000 − 960 − 1500 − 17540 = 10000 are pending; −2500 − 10000 − 1500 + 125 = −13875, so 32 are not itemized.
  expect(totals["cad"]).toEqual({ ...cad, unallocated: 10_000, otherAdjustment: -32, earned: 3_633 });

  const asFile = `${path}&format=csv`;
  const file = await fetch(asFile, { headers: signedHeaders("GET", asFile, "") });
  const name = `${franchiseeId}-revenue-2025-10_2025-11.csv`;
  expect(file.headers.get("content-disposition")).toBe(`attachment; filename="${name}"`);
  expect(await csvLines(file)).toEqual([
    {
      day: "2025-10-02",
      currency: "jpy",
      payments: "1",
      gross: "5000",
      stripe_fees: "175",
      platform_fees: "250",
      unallocated: "0",
      net: "4575",
      refunds_deducted: "0",
      disputes_deducted: "0",
      dispute_fees: "0",
      fees_returned: "0",
      other_adjustment: "0",
      earned: "4575",
      refunded_to_customers: "0",
      disputed_by_customers: "0",
    },
    {
      day: "2025-11-14",
      currency: "cad",
      payments: "3",
      gross: "300.00",
      stripe_fees: "9.60",
      platform_fees: "15.00",
      unallocated: "100.00",
      net: "175.40",
      refunds_deducted: "25.00",
      disputes_deducted: "100.00",
      dispute_fees: "15.00",
      fees_returned: "1.25",
      other_adjustment: "-0.32",
      earned: "36.33",
      refunded_to_customers: "40.00",
      disputed_by_customers: "100.00",
    },
  ]);
});
