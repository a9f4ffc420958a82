import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import pidtree from "pidtree";
import { z } from "zod";
import { type Fields, mapSchema, readDocument, stripeFacts, triggerSync } from "../../dev/demo.ts";
import { tellLocalStripe } from "../../dev/fake-stripe/control.ts";
import { FUNCTIONS, ROOT } from "../../dev/paths.ts";
import { ADDRESS, isFree, portOf } from "../../dev/ports.ts";
import { sleep } from "../../dev/processes.ts";
import { SAMPLE_FRANCHISEE } from "../../dev/sample-payment.ts";
import { temporaryFolder } from "../support/folder.ts";

interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

/** In a process group of its own, as a terminal runs a command. */
function run(command: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Run {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  return { child, output: () => output, ended: once(child, "close").then(() => child.exitCode) };
}

const start = (env: NodeJS.ProcessEnv): Run =>
  run(process.execPath, ["--disable-warning=ExperimentalWarning", join(FUNCTIONS, "dev/start.ts")], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  });

async function until(condition: () => boolean, { output, ended }: Run): Promise<void> {
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  while (!condition()) {
    if (hasEnded) throw new Error(`It ended too soon:\n${output()}`);
    await sleep(50);
  }
}

/** Presses Ctrl-C, and says which of its processes are left when the command has ended. */
async function leftAfterCtrlC({ child, ended }: Run): Promise<number[]> {
  const { pid = 0 } = child;
  const family = [pid, ...(await pidtree(pid))];
  expect(family.length).toBeGreaterThan(2);
  process.kill(-pid, "SIGINT");
  await ended;
  return family.filter(isAlive);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("npm start", () => {
  let world: Run;
  beforeAll(async () => {
    world = run("npm", ["start"], { cwd: ROOT });
    await until(() => world.output().includes("Ctrl-C ends it."), world);
  }, 180_000);

  test("shows a golden record going in and coming out, what webhooks bring, and a sync finding what nobody told of", async () => {
    expect(world.output()).toContain('"outcome": "created"');
    expect(world.output()).toContain('"outcome": "duplicate"');
    expect(world.output()).toContain('"code": "conflict"');
    expect(world.output()).toContain("amount_franchisee_net: 508533");
    expect(world.output()).toContain('"status": "healthy"');
    expect(world.output()).toContain("source: stripe");
    expect(world.output().match(/reconciliation: missing_in_portal/g)).toHaveLength(2);
    expect(world.output()).toContain("stripe.amountRefunded: 2345");
    expect((await fetch(`http://${ADDRESS.hosting}/health`)).status).toBe(200);
  });

  test("syncs by its schedule and its queue, however often it fires, through 429s, and around a closed account", async () => {
    const closed = "acct_closed";
    await pay("--account", closed, "--mode", "direct", "--amount", "1000");
    await tellLocalStripe("deauthorize", { account: closed });
    const lost = [
      await pay("--mode", "direct", "--amount", "2000", "--withhold", "--silent"),
      await pay("--amount", "3000", "--withhold", "--silent"),
    ];
    const known = await pay("--amount", "4000", "--silent");
    await tellLocalStripe("faults", { path: "/v1/charges", times: 2, kind: { status: 429 } });

    await Promise.all([triggerSync(), triggerSync()]);
    const missing = { status: "missing_in_portal", source: "stripe" };
    for (const id of lost) expect(await eventually(id, (standing) => standing !== undefined)).toEqual(missing);
    const matched = await eventually(known, (standing) => standing?.status === "matched");
    expect(matched).toEqual({ status: "matched", source: "orchestrator" });
    const sync = z.object({ account: mapSchema });
    const { account } = await poll(async () => {
      const fields = await readDocument(`franchisees/${closed}`);
      const told = sync.safeParse(mapSchema.safeParse(fields?.["sync"]).data?.mapValue.fields);
      return told.data;
    });
    expect(JSON.stringify(account)).toContain("Stripe does not let the platform read this account");
  }, 120_000);

  test("brings by webhook what happens to a payment: paid, refunded, disputed, lost", async () => {
    const payment = await pay("--mode", "direct", "--amount", "5000", "--withhold");
    expect(await eventually(payment, (standing) => standing !== undefined)).toMatchObject({ source: "stripe" });
    await say("refund", "--payment", payment, "--amount", "1234");
    await eventually(payment, (_standing, stripe) => stripe["amountRefunded"]?.["integerValue"] === "1234");
    await say("dispute", "--payment", payment);
    await eventually(payment, (_standing, stripe) => stripe["disputeStatus"]?.["stringValue"] === "needs_response");
    await tellLocalStripe("dispute", { payment, close: "lost" });
    await eventually(payment, (_standing, stripe) => stripe["disputeStatus"]?.["stringValue"] === "lost");
  }, 60_000);

  test("stays up, and leaves nothing after Ctrl-C", async () => {
    expect(await leftAfterCtrlC(world)).toEqual([]);
    for (const address of Object.values(ADDRESS)) expect(await isFree(portOf(address))).toBe(true);
  }, 60_000);
});

/** npm run pay with these words; the PaymentIntent's id, which is its last line. */
async function pay(...args: string[]): Promise<string> {
  return (await say("pay", ...args)).split("\n").at(-1) ?? "";
}

/** npm run with these words, and what it says. */
async function say(name: string, ...args: string[]): Promise<string> {
  const started = run("npm", ["run", "--silent", name, "--", ...args], { cwd: ROOT });
  expect([await started.ended, started.output()]).toEqual([0, started.output()]);
  return started.output().trim();
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
    return isRight(standing, stripeFacts(fields)) ? standing : undefined;
  });
}

async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
}

describe("what is missing is said in one line:", () => {
  const onlyLine = async (world: Run): Promise<[string, number | null]> => {
    const code = await world.ended;
    const lines = world.output().trim().split("\n");
    return [lines.at(-1) ?? "", lines.length === 1 ? code : NaN];
  };
  const empty = temporaryFolder();

  test.each([8080, 9150])("a port in use, and which: %d", async (port) => {
    const taken = createServer().listen(port, "127.0.0.1");
    const line = `Port ${port} (firestore emulator) is in use. End the program that holds it, or a local world that is still running.`;
    expect(await onlyLine(start({}))).toEqual([line, 1]);
    taken.close();
  });

  test("no Java", async () => {
    const line = "The Firestore emulator needs Java 11 or later. There is none on the PATH.";
    expect(await onlyLine(start({ PATH: empty }))).toEqual([line, 1]);
  });

  test("no file where FIRESTORE_EMULATOR_BINARY_PATH points", async () => {
    const line = "FIRESTORE_EMULATOR_BINARY_PATH names a file that does not exist: nowhere.jar";
    expect(await onlyLine(start({ FIRESTORE_EMULATOR_BINARY_PATH: "nowhere.jar" }))).toEqual([line, 1]);
  });
});
