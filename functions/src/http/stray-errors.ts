import type { ServerResponse } from "node:http";
import { log } from "../log.ts";

/** The functions framework's exit code after a stray error, which Node does not use. */
const EXIT_CODE = 16;

let requestsInProgress = 0;
let hasStrayError = false;

/**
 * After an error that no code handles, such as a throw in a timer or a rejected promise that nobody awaits, the state
 * of the process is undefined (https://nodejs.org/api/process.html#warning-using-uncaughtexception-correctly). Ends the
 * process once no request is in progress. Replaces the framework's handlers, which end it at once, and with it the
 * requests of others.
 */
export function endAfterStrayErrors(): void {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.removeAllListeners(event);
    process.on(event, (error) => {
      log.error("unhandled error", error);
      hasStrayError = true;
      endIfIdle();
    });
  }
}

/** Counts a request as in progress until its response has been sent, or its connection is lost. */
export function trackRequest(response: ServerResponse): void {
  requestsInProgress += 1;
  response.once("close", () => {
    requestsInProgress -= 1;
    endIfIdle();
  });
}

function endIfIdle(): void {
  if (hasStrayError && requestsInProgress === 0) process.exit(EXIT_CODE);
}
