import { readFileSync } from "node:fs";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { newFranchisee, newPayment, post, transactionsPath } from "../support/api.ts";
import { legacyExample } from "../support/records.ts";

afterAll(stopServices);

test("the stack of an unexpected error names functions and files of src/, although they are bundled", async () => {
  const env = { REPORTING_TIME_ZONE: "Nowhere/Else" };
  const { url, logFile } = await serveFunction("recordTransaction", ADDRESS.firestore, { env });
  const record = { ...legacyExample, stripePaymentId: newPayment() };
  expect((await post(url + transactionsPath(newFranchisee()), record)).status).toBe(500);
  const log = readFileSync(logFile, "utf8");
  const frames = log.matchAll(/at (?:Object\.)?(\w+)[^()]* \(file:[^()]*\/functions\/lib\/([\w/-]+)\.js:\d+/g);
  expect(Array.from(frames, ([, name, file]) => [name, file])).toEqual([
    ["setting", "config"],
    ["recordDefaults", "config"],
    ["recordTransaction", "http/record-transaction"],
  ]);
});
