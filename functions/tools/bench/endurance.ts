import { readdirSync } from "node:fs";
import { serveFunction } from "../local/served-function.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { load, newRecord, nextPath, residentMegabytes, send } from "./measure.ts";
import type { Report } from "./report.ts";

const MINUTES = 20;
const CLIENTS = 4;
/** Small batches, so that a minute ends in time. */
const BATCH = 200;

/** Memory and descriptors of one process that receives golden records without a pause, on Linux. */
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
    const descriptors = readdirSync(`/proc/${record.pid}/fd`).length;
    rows.push([String(minute), String(records), residentMegabytes(record.pid).toFixed(0), String(descriptors)]);
  }
  report.section(`Golden records without a pause in one process, ${CLIENTS} clients`);
  report.table(rows);
  await Promise.all([record.stop(), emulator.stop()]);
}
