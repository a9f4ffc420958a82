import { readdirSync, readFileSync } from "node:fs";
import { serveFunction } from "../local/served-function.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { load, newRecord, nextPath, send } from "./measure.ts";
import type { Report } from "./report.ts";

const MINUTES = 20;
const CLIENTS = 4;
/** Small batches, so that a minute ends in time. */
const BATCH = 200;

/** Memory and descriptors of one process that receives golden records without a pause. */
export async function benchEndurance(report: Report): Promise<void> {
  const emulator = await startFirestoreAlone();
  const record = await serveFunction("recordTransaction", emulator.address);
  const post = async (): Promise<void> => {
    await send("POST", `${record.url}${nextPath()}`, { body: JSON.stringify(newRecord()) });
  };
  const rows = [["minute", "records", "MB resident", "descriptors"]];
  let records = 0;
  const start = performance.now();
  for (let minute = 0; minute <= MINUTES; minute += 1) {
    while (performance.now() < start + minute * 60_000) {
      await load(post, CLIENTS, BATCH);
      records += BATCH;
    }
    const { megabytes, descriptors } = resourcesOf(record.pid);
    rows.push([String(minute), String(records), megabytes.toFixed(0), String(descriptors)]);
  }
  report.section(`Golden records without a pause in one process, ${CLIENTS} clients`);
  report.table(rows);
  await Promise.all([record.stop(), emulator.stop()]);
}

/** On Linux. */
function resourcesOf(pid: number | undefined): { megabytes: number; descriptors: number } {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return { megabytes: Number(kilobytes) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}
