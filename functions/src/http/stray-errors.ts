import type { Server, ServerResponse } from "node:http";
import { log } from "../log.ts";

/** The functions framework's exit code after a stray error, which Node does not use. */
const EXIT_CODE = 16;

const POLL_MS = 50;

/**
 * After an error that no code handles, such as a throw in a timer or a rejected promise that nobody awaits, the state
 * of the process is undefined (https://nodejs.org/api/process.html#warning-using-uncaughtexception-correctly). Ends the
 * process once no request is in progress. Replaces the framework's handlers, which end it at once, and with it the
 * requests of others.
 */
export class StrayErrors {
  readonly #server: Server;
  readonly #inProgress = new Set<ServerResponse>();
  #isEnding = false;

  constructor(server: Server) {
    this.#server = server;
    for (const event of ["uncaughtException", "unhandledRejection"]) {
      process.removeAllListeners(event);
      process.on(event, (error) => {
        log.error("unhandled error", error instanceof Error ? error : new Error("not an Error", { cause: error }));
        if (this.#isEnding) return;
        this.#isEnding = true;
        setInterval(() => this.#endIfIdle(), POLL_MS);
      });
    }
  }

  /** A request is in progress until its response has been sent, or its connection is lost. */
  track(response: ServerResponse): void {
    if (this.#isEnding) response.shouldKeepAlive = false;
    this.#inProgress.add(response);
    response.once("close", () => this.#inProgress.delete(response));
  }

  #endIfIdle(): void {
    // A response that waits for an earlier one of its connection emits no "close" if the connection is lost.
    for (const response of this.#inProgress) if (response.req.socket.destroyed) this.#inProgress.delete(response);
    if (this.#inProgress.size > 0 || !this.#server.listening) return;
    // Requests that arrive meanwhile are answered first.
    this.#server.close(() => process.exit(EXIT_CODE));
  }
}
