import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../src/errors.ts";

const PATIENCE_MS = 240_000;
const PAUSE_MS = 200;

/** Repeats a write while the database is unavailable; writes are idempotent. Throws after four minutes. */
export async function untilAvailable<T>(write: () => Promise<T>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AppError && error.code === "unavailable") || Date.now() > end) throw error;
    }
    await sleep(PAUSE_MS * (0.5 + Math.random()));
  }
}

/** Repeats a request while it is answered with 503. Returns the last response. */
export async function untilServed(send: () => Promise<Response>): Promise<Response> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const response = await send();
    if (response.status !== 503 || Date.now() > end) return response;
    console.log(`< 503 ${await response.text()}`);
    await sleep(PAUSE_MS * 5);
  }
}
