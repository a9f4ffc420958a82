import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../src/errors.ts";

const TIMEOUT_MS = 240_000;
const RETRY_DELAY_MS = 200;

/** Retries an idempotent write while the database is unavailable. Throws after four minutes. */
export async function untilAvailable<T>(write: () => Promise<T>): Promise<T> {
  const end = Date.now() + TIMEOUT_MS;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AppError && error.code === "unavailable") || Date.now() > end) throw error;
    }
    await sleep(RETRY_DELAY_MS * (0.5 + Math.random()));
  }
}

/** Retries a request on 503. Returns the last response. */
export async function retryUnavailable(send: () => Promise<Response>): Promise<Response> {
  const end = Date.now() + TIMEOUT_MS;
  for (;;) {
    const response = await send();
    if (response.status !== 503 || Date.now() > end) return response;
    console.log(`< 503 ${await response.text()}`);
    await sleep(RETRY_DELAY_MS * 5);
  }
}
