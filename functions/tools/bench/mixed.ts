import { availableParallelism } from "node:os";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { serveFunction } from "../local/served-function.ts";
import type { Report } from "./report.ts";
import { load, median, newRecord, nextPath, type Round, send, UnavailableError, withSpread } from "./measure.ts";

const ROUNDS = 5;
const CLIENTS = [
  { clients: 1, requests: 150 },
  { clients: 8, requests: 480 },
  { clients: 32, requests: 960 },
  { clients: 128, requests: 1_280 },
] as const;
const WARM_UP = 2_000;
/** Requests of each kind in twenty. */
const SHARES = { record: 12, repeat: 3, list: 3, revenue: 2 } as const;

/** The throughput of mixed requests, and what limits it. */
export async function benchMixed(report: Report): Promise<void> {
  const emulator = await startFirestoreAlone();
  const api = await serveFunction("api", emulator.address);
  const pids = { function: api.pid, emulator: emulator.pid, client: process.pid };
  const kinds = Object.entries(SHARES).flatMap(([kind, share]) => Array.from({ length: share }, () => kind));
  let turn = 0;
  let last = { path: nextPath(), body: JSON.stringify(newRecord()) };
  const request = async (): Promise<void> => {
    // 7 and 20 have no common divisor, so the kinds mix well and equally in every round.
    turn += 7;
    const kind = kinds[turn % kinds.length];
    if (kind === "list") return void (await send("GET", `${api.url}${last.path}?limit=50`));
    if (kind === "revenue")
      return void (await send("GET", `${api.url}${last.path.replace("transactions", "revenue")}`));
    const { path, body } = kind === "repeat" ? last : { path: nextPath(), body: JSON.stringify(newRecord()) };
    await send("POST", `${api.url}${path}`, { body });
    last = { path, body };
  };
  let rejected = 0;
  const attempt = async (): Promise<void> => {
    try {
      await request();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      rejected += 1;
    }
  };
  await load(attempt, 8, WARM_UP);

  report.section("Mixed API traffic");
  const shares = Object.entries(SHARES).map(([kind, share]) => `${kind} ${5 * share} %`);
  report.note(
    `${shares.join(", ")}; medians of ${ROUNDS} rounds, minimum–maximum. Function, emulator and client are CPU milliseconds per ` +
      `request; busy is their share of this machine's ${availableParallelism()} processors; rejected counts 503s of the overloaded emulator.`,
  );
  const rows = [["", "p50 ms", "p99 ms", "per second", "function", "emulator", "client", "busy", "rejected"]];
  for (const { clients, requests } of CLIENTS) {
    const rounds: Round[] = [];
    rejected = 0;
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await load(attempt, clients, requests, pids));
    const cell = (of: (round: Round) => number, digits: number): string => withSpread(rounds.map(of), digits);
    const cpu = (who: keyof typeof pids): number => median(rounds.map((round) => round.cpu[who] ?? NaN));
    const each = [cpu("function"), cpu("emulator"), cpu("client")];
    const perSecond = median(rounds.map((round) => round.perSecond));
    const busy = (perSecond * each.reduce((sum, one) => sum + one, 0)) / 1000 / availableParallelism();
    rows.push([
      `${clients} at a time`,
      cell(({ p50 }) => p50, 1),
      cell(({ p99 }) => p99, 1),
      cell((round) => round.perSecond, 0),
      ...each.map((milliseconds) => milliseconds.toFixed(2)),
      `${(100 * busy).toFixed(0)} %`,
      String(rejected),
    ]);
  }
  report.table(rows);
  await Promise.all([api.stop(), emulator.stop()]);
}
