import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Fields, mapSchema, readDocument, snapshotFields, triggerSync } from "../../tools/local/demo.ts";
import { payLocally, controlLocalStripe } from "../../testing/fake-stripe/control.ts";
import { LOCAL, ROOT } from "../../tools/cli/paths.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { DEMO_FRANCHISEES } from "../../../portal/src/demo-logins.ts";
import { SAMPLE_FRANCHISEE, samplePayment } from "../../tools/local/sample-payment.ts";

/** The output of `npm start`, run as a user runs it (`tools/checks/local-environment.ts`). */
const printed = (): string => readFileSync(process.env["LOCAL_ENVIRONMENT_LOG"] ?? "", "utf8");

describe("npm start", () => {
  test("records a golden record, receives webhooks, imports undelivered payments by a sync, and shows the totals", async () => {
    expect(printed()).toContain('"outcome": "created"');
    expect(printed()).toContain('"outcome": "duplicate"');
    expect(printed()).toContain('"code": "conflict"');
    expect(printed()).toContain("amount_franchisee_net: 508533");
    expect(printed()).toContain('"status": "healthy"');
    expect(printed()).toContain("source: stripe");
    expect(printed().match(/reconciliation: missing_in_portal/g)).toHaveLength(2);
    expect(printed()).toContain("stripe.amountRefunded: 2345");
    // 123.45 and 67.89, less a refund of 23.45 and the fees.
    expect(printed()).toMatch(/"difference": 0\s/);
    const totals = printed().slice(printed().lastIndexOf('"totals"'));
    expect(totals).toMatch(new RegExp(`"count": 3,\\s.*"gross": ${544_500 + 12_345 + 6_789},`));
    expect(totals).toContain('"refunded": 2345,');
    expect((await fetch(`http://${ADDRESS.hosting}/health`)).status).toBe(200);
  });

  test("leaves an environment in which the doctor finds no problem", async () => {
    // The syncs that it started take a moment longer.
    await poll(async () => syncOf(await readDocument(`franchisees/${SAMPLE_FRANCHISEE}`))["platform"]);
    for (const { account } of DEMO_FRANCHISEES) {
      await poll(async () => syncOf(await readDocument(`franchisees/${account}`))["account"]);
    }
    const verdict = await eventuallySucceeds(() => npmRun("doctor", "--local"));
    expect(verdict).toContain("All checks passed.");
  });

  test("runs the commands of README, docs/api.md and docs/local.md unchanged", async () => {
    const blocks = [
      ...examplesIn("README.md", "One request"),
      ...examplesIn("docs/api.md", "Endpoints"),
      ...examplesIn("docs/local.md", "Try it"),
    ];
    // The output of `npm run local -- sign` in a page is an example.
    const commands = blocks.filter((block) => !block.startsWith("curl -X POST"));
    expect(commands.length).toBeGreaterThan(8);
    for (const block of commands) await runAsWritten(block);
  });

  test("syncs by its schedule and its queue, however often they fire, despite 429s and a closed account", async () => {
    const closed = "acct_closed";
    await pay("--account", closed, "--mode", "direct", "--amount", "1000");
    await controlLocalStripe("deauthorize", { account: closed });
    const lost = [
      (await payLocally({ ...samplePayment({ amount: 2_000, mode: "direct", ago: 90 }), silent: true }))
        .stripePaymentId,
      await pay("--amount", "3000", "--withhold", "--silent"),
    ];
    const known = await pay("--amount", "4000", "--silent");
    await controlLocalStripe("faults", { path: "/v1/charges", times: 2, kind: { status: 429 } });

    await Promise.all([triggerSync(), triggerSync()]);
    const missing = { status: "missing_in_portal", source: "stripe" };
    for (const id of lost) expect(await eventually(id, (state) => state !== undefined)).toEqual(missing);
    const matched = await eventually(known, (state) => state?.status === "matched");
    expect(matched).toEqual({ status: "matched", source: "orchestrator" });
    const account = await poll(async () => syncOf(await readDocument(`franchisees/${closed}`))["account"]);
    expect(JSON.stringify(account)).toContain("The platform cannot read this account at Stripe");
  });

  test("queues the events of a payment that Stripe rejects with 429s, and records it by the queue's task", async () => {
    // No sync that still runs reads this account.
    const account = "acct_queued";
    await controlLocalStripe("faults", { path: "/v1/payment_intents", account, times: 4, kind: { status: 429 } });
    const payment = await pay("--account", account, "--mode", "direct", "--amount", "6000", "--withhold");
    const fields = await poll(() => readDocument(`franchisees/${account}/transactions/${payment}`));
    expect(fields["source"]?.["stringValue"]).toBe("stripe");
    const log = readFileSync(join(LOCAL, "emulators.log"), "utf8");
    expect(log).toMatch(/"outcome":\s*"queued"/);
  });

  test("delivers what happens to a payment by webhook: paid, refunded, disputed, lost", async () => {
    const payment = await pay("--mode", "direct", "--amount", "5000", "--withhold");
    expect(await eventually(payment, (state) => state !== undefined)).toMatchObject({ source: "stripe" });
    await npmRun("local", "refund", "--payment", payment, "--amount", "1234");
    await eventually(payment, (_state, stripe) => stripe["amountRefunded"]?.["integerValue"] === "1234");
    await npmRun("local", "dispute", "--payment", payment);
    await eventually(payment, (_state, stripe) => stripe["disputeStatus"]?.["stringValue"] === "needs_response");
    await controlLocalStripe("dispute", { payment, close: "lost" });
    await eventually(payment, (_state, stripe) => stripe["disputeStatus"]?.["stringValue"] === "lost");
  });
});

/** The bash examples in one section of a page. */
function examplesIn(path: string, title: string): string[] {
  const [, section = ""] = readFileSync(join(ROOT, path), "utf8").split(`\n## ${title}\n`);
  const examples = [...(section.split("\n## ")[0] ?? "").matchAll(/^```bash\n(.*?)^```/gms)].map(
    ([, block = ""]) => block,
  );
  if (examples.length === 0) throw new Error(`${path} has no examples under "${title}".`);
  return examples;
}

/** The sync status in a franchisee's document, by side. */
function syncOf(fields: Fields | undefined): Fields {
  return mapSchema.safeParse(fields?.["sync"]).data?.mapValue.fields ?? {};
}

/** Runs `npm run local -- pay` with these arguments. Returns the PaymentIntent's id, its last line. */
async function pay(...args: string[]): Promise<string> {
  return (await npmRun("pay", ...args)).split("\n").at(-1) ?? "";
}

/** Runs the lines of an example in order. `pi_…` and `evt_…` are the ids that earlier lines printed. */
async function runAsWritten(block: string): Promise<void> {
  // Files that an example writes stay out of the project.
  const folder = mkdtempSync(join(tmpdir(), "docs-"));
  for (const name of readdirSync(ROOT)) symlinkSync(join(ROOT, name), join(folder, name));
  let known = "";
  for (const line of block.trim().split("\n")) {
    const command = line.replace(/(pi|evt)_…/, (_whole, kind: string) => {
      return [...known.matchAll(new RegExp(`\\b${kind}_\\w+`, "g"))].at(-1)?.[0] ?? "";
    });
    known += await outputOf(spawn("bash", ["-o", "pipefail", "-c", command], { cwd: folder }));
  }
  rmSync(folder, { recursive: true });
}

/** A command's output once it succeeds: on a busy machine, queued tasks may need seconds. */
async function eventuallySucceeds(run: () => Promise<string>): Promise<string> {
  for (let triesLeft = 10; ; triesLeft -= 1) {
    try {
      return await run();
    } catch (error) {
      if (triesLeft === 0) throw error;
    }
    await sleep(2_000);
  }
}

/** Runs `npm run` with these arguments, and returns its output. */
async function npmRun(name: string, ...args: string[]): Promise<string> {
  return outputOf(spawn("npm", ["run", "--silent", name, "--", ...args], { cwd: ROOT }));
}

/** A command's output. Fails if the command fails. */
async function outputOf(command: ChildProcessWithoutNullStreams): Promise<string> {
  let output = "";
  for (const stream of [command.stdout, command.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  await once(command, "close");
  if (command.exitCode !== 0)
    throw new Error(`${command.spawnargs.join(" ")} ended with ${command.exitCode}:\n${output}`);
  return output.trim();
}

interface PaymentState {
  status: unknown;
  source: unknown;
}

/** The sample franchisee's payment, once it has the expected state. */
async function eventually(
  id: string,
  isExpected: (state: PaymentState | undefined, stripe: Fields) => boolean,
): Promise<PaymentState> {
  return poll(async () => {
    const fields = await readDocument(`franchisees/${SAMPLE_FRANCHISEE}/transactions/${id}`);
    if (!fields) return undefined;
    const reconciliation = mapSchema.parse(fields["reconciliation"]).mapValue.fields;
    const state = { status: reconciliation["status"]?.["stringValue"], source: fields["source"]?.["stringValue"] };
    return isExpected(state, snapshotFields(fields)) ? state : undefined;
  });
}

async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
}
