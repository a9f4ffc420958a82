import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fields, mapSchema, readDocument, stripeSnapshot, triggerSync } from "../../tools/local/demo.ts";
import { DEMO_FRANCHISEES } from "../../tools/local/demo-users.ts";
import { payLocally, controlLocalStripe } from "../../testing/fake-stripe/control.ts";
import { ROOT } from "../../tools/cli/paths.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { sleep } from "../../tools/local/processes.ts";
import { SAMPLE_FRANCHISEE, samplePayment } from "../../tools/local/sample-payment.ts";

/** What `npm start` has printed: it runs as a user runs it (`tools/checks/local-environment.ts`). */
const printed = (): string => readFileSync(process.env["LOCAL_ENVIRONMENT_LOG"] ?? "", "utf8");

describe("npm start", () => {
  test("shows a golden record going in and coming out, what webhooks bring, and a sync finding what nobody told of, and what it comes to", async () => {
    expect(printed()).toContain('"outcome": "created"');
    expect(printed()).toContain('"outcome": "duplicate"');
    expect(printed()).toContain('"code": "conflict"');
    expect(printed()).toContain("amount_franchisee_net: 508533");
    expect(printed()).toContain('"status": "healthy"');
    expect(printed()).toContain("source: stripe");
    expect(printed().match(/reconciliation: missing_in_portal/g)).toHaveLength(2);
    expect(printed()).toContain("stripe.amountRefunded: 2345");
    const totals = printed().slice(printed().lastIndexOf('"totals"'));
    expect(totals).toMatch(new RegExp(`"count": 3,\\s.*"gross": ${544_500 + 12_345 + 6_789},`));
    expect(totals).toContain('"refunded": 2345,');
    expect((await fetch(`http://${ADDRESS.hosting}/health`)).status).toBe(200);
  });

  test("leaves an environment in which the doctor finds nothing wrong", async () => {
    // The syncs that it began go on for a moment.
    await poll(async () => syncOf(await readDocument(`franchisees/${SAMPLE_FRANCHISEE}`))["platform"]);
    for (const id of DEMO_FRANCHISEES) {
      await poll(async () => syncOf(await readDocument(`franchisees/${id}`))["account"]);
    }
    const verdict = await eventuallyWell(() => say("doctor", "--local"));
    expect(verdict).toContain("Nothing that was checked is wrong.");
  });

  test("runs the commands of README, docs/api.md and docs/local.md as they are written", async () => {
    const blocks = [
      ...examplesIn("README.md", "One request"),
      ...examplesIn("docs/api.md", "Endpoints"),
      ...examplesIn("docs/local.md", "Try it"),
    ];
    // What `npm run local -- sign` prints is an example of what it prints.
    const commands = blocks.filter((block) => !block.startsWith("curl -X POST"));
    expect(commands.length).toBeGreaterThan(8);
    for (const block of commands) await runAsWritten(block);
  });

  test("syncs by its schedule and its queue, however often it fires, through 429s, and around a closed account", async () => {
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
    for (const id of lost) expect(await eventually(id, (standing) => standing !== undefined)).toEqual(missing);
    const matched = await eventually(known, (standing) => standing?.status === "matched");
    expect(matched).toEqual({ status: "matched", source: "orchestrator" });
    const account = await poll(async () => syncOf(await readDocument(`franchisees/${closed}`))["account"]);
    expect(JSON.stringify(account)).toContain("The platform cannot read this account at Stripe");
  });

  test("brings by webhook what happens to a payment: paid, refunded, disputed, lost", async () => {
    const payment = await pay("--mode", "direct", "--amount", "5000", "--withhold");
    expect(await eventually(payment, (standing) => standing !== undefined)).toMatchObject({ source: "stripe" });
    await say("local", "refund", "--payment", payment, "--amount", "1234");
    await eventually(payment, (_standing, stripe) => stripe["amountRefunded"]?.["integerValue"] === "1234");
    await say("local", "dispute", "--payment", payment);
    await eventually(payment, (_standing, stripe) => stripe["disputeStatus"]?.["stringValue"] === "needs_response");
    await controlLocalStripe("dispute", { payment, close: "lost" });
    await eventually(payment, (_standing, stripe) => stripe["disputeStatus"]?.["stringValue"] === "lost");
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

/** What a franchisee's document says of its syncs, by side. */
function syncOf(fields: Fields | undefined): Fields {
  return mapSchema.safeParse(fields?.["sync"]).data?.mapValue.fields ?? {};
}

/** npm run local -- pay with these words; the PaymentIntent's id, which is its last line. */
async function pay(...args: string[]): Promise<string> {
  return (await say("pay", ...args)).split("\n").at(-1) ?? "";
}

/** Runs the lines of an example one after the other; `pi_…` and `evt_…` are those that the ones before have named. */
async function runAsWritten(block: string): Promise<void> {
  // What it writes is not to be written here.
  const folder = mkdtempSync(join(tmpdir(), "docs-"));
  for (const name of readdirSync(ROOT)) symlinkSync(join(ROOT, name), join(folder, name));
  let known = "";
  for (const line of block.trim().split("\n")) {
    const command = line.replace(/(pi|evt)_…/, (_whole, kind: string) => {
      return [...known.matchAll(new RegExp(`\\b${kind}_\\w+`, "g"))].at(-1)?.[0] ?? "";
    });
    known += await told(spawn("bash", ["-o", "pipefail", "-c", command], { cwd: folder }));
  }
  rmSync(folder, { recursive: true });
}

/** What a command says as soon as it ends well: what the tasks of a busy machine leave for later comes within seconds. */
async function eventuallyWell(run: () => Promise<string>): Promise<string> {
  for (let triesLeft = 10; ; triesLeft -= 1) {
    try {
      return await run();
    } catch (error) {
      if (triesLeft === 0) throw error;
    }
    await sleep(2_000);
  }
}

/** npm run with these words, and what it says. */
async function say(name: string, ...args: string[]): Promise<string> {
  return told(spawn("npm", ["run", "--silent", name, "--", ...args], { cwd: ROOT }));
}

/** What a command says. It has to end well. */
async function told(command: ChildProcessWithoutNullStreams): Promise<string> {
  let output = "";
  for (const stream of [command.stdout, command.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  await once(command, "close");
  if (command.exitCode !== 0)
    throw new Error(`${command.spawnargs.join(" ")} ended with ${command.exitCode}:\n${output}`);
  return output.trim();
}

interface Standing {
  status: unknown;
  source: unknown;
}

/** How the sample franchisee's payment stands, as soon as it is as it should be. */
async function eventually(
  id: string,
  isRight: (standing: Standing | undefined, stripe: Fields) => boolean,
): Promise<Standing> {
  return poll(async () => {
    const fields = await readDocument(`franchisees/${SAMPLE_FRANCHISEE}/transactions/${id}`);
    if (!fields) return undefined;
    const reconciliation = mapSchema.parse(fields["reconciliation"]).mapValue.fields;
    const standing = { status: reconciliation["status"]?.["stringValue"], source: fields["source"]?.["stringValue"] };
    return isRight(standing, stripeSnapshot(fields)) ? standing : undefined;
  });
}

async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
}
