import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { LOCAL } from "../cli/paths.ts";
import { serveFunction } from "../local/served-function.ts";
import type { Report } from "./report.ts";
import { load, newRecord, nextPath, send } from "./measure.ts";
import { buildUnbundled } from "./unbundled.ts";

const FOLDER = join(LOCAL, "profile");
const CLIENTS = 32;
const REQUESTS = 6_000;
const SHOWN = 14;

const profileSchema = z.object({
  nodes: z.array(z.object({ id: z.int(), callFrame: z.object({ url: z.string(), functionName: z.string() }) })),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});

/** Profiles the function, unbundled, with first golden records. Keeps the profile in .local/profile. */
export async function benchProfile(report: Report): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const emulator = await startFirestoreAlone();
  const env = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${FOLDER}` };
  const record = await serveFunction("recordTransaction", emulator.address, { source: buildUnbundled(), env });
  const post = async (): Promise<void> => {
    await send("POST", `${record.url}${nextPath()}`, { body: JSON.stringify(newRecord()) });
  };
  await load(post, CLIENTS, REQUESTS);
  await record.stop();
  await emulator.stop();

  const [file = ""] = readdirSync(FOLDER);
  const { nodes, samples, timeDeltas } = profileSchema.parse(JSON.parse(readFileSync(join(FOLDER, file), "utf8")));
  const names = new Map(nodes.map(({ id, callFrame }) => [id, packageOf(callFrame.url, callFrame.functionName)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const packageName = names.get(id) ?? "";
    times.set(packageName, (times.get(packageName) ?? 0) + (timeDeltas[index] ?? 0));
  }
  times.delete("(idle)");
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  const most = [...times].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
  report.section(`CPU profile of the function (${REQUESTS} first golden records, ${CLIENTS} at a time)`);
  report.table([
    ["", "share", "ms each"],
    ...most.map(([packageName, time]) => [
      packageName,
      `${((100 * time) / all).toFixed(1)} %`,
      (time / 1000 / REQUESTS).toFixed(3),
    ]),
  ]);
}

/** The package or own folder of a function. */
function packageOf(url: string, name: string): string {
  if (url === "") return name;
  if (url.startsWith("node:")) return "Node";
  const inside = url.split("/node_modules/").at(-1) ?? "";
  const [first = "", second = ""] = inside.split("/");
  if (first === ".unbundled") return `functions/src/${second}`;
  return first.startsWith("@") ? `${first}/${second}` : first;
}
