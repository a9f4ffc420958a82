import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { FUNCTIONS } from "../cli/paths.ts";
import { testEnvironment } from "../local/emulators.ts";

export type SyncVariant = "ours" | "payments" | "naive";

const measureSchema = z.object({
  stripeCalls: z.int(),
  firestoreReads: z.int(),
  firestoreWrites: z.int(),
  milliseconds: z.number(),
  megabytes: z.number(),
  /** CPU milliseconds of the process, its start included. */
  cpu: z.number(),
});

/** Runs a sync in a process of its own, as if it were some hours later. */
export async function runSync(
  { address, stripe, projectId }: { address: string; stripe: URL; projectId: string },
  { variant = "ours", scope, hours }: { variant?: SyncVariant; scope: string; hours: number },
): Promise<z.infer<typeof measureSchema>> {
  const output = await runScript("sync-run.ts", [variant, scope, stripe.href, String(hours)], { address, projectId });
  return measureSchema.parse(JSON.parse(output.trim().split("\n").at(-1) ?? ""));
}

/** Closes a franchisee's past days until this one in a process of its own, and returns how many. */
export async function runClose(
  franchiseeId: string,
  until: string,
  database: { address: string; projectId: string },
): Promise<number> {
  return Number(await runScript("close-run.ts", [franchiseeId, until], database));
}

async function runScript(
  script: string,
  args: readonly string[],
  { address, projectId }: { address: string; projectId: string },
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(FUNCTIONS, "tools/bench", script), ...args],
    { env: { ...process.env, ...testEnvironment(address), FIRESTORE_PROJECT_ID: projectId } },
  );
  return stdout;
}
