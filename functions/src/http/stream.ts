import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";

/** What a handler answers with status 200 when it is too long to be kept in memory. */
export class StreamedResponse {
  readonly headers: Readonly<Record<string, string>>;
  /** The body, a piece at a time. Each is made when the one before it is on its way. */
  readonly pieces: AsyncIterable<string>;

  constructor(headers: Readonly<Record<string, string>>, pieces: AsyncIterable<string>) {
    this.headers = headers;
    this.pieces = pieces;
  }
}

/**
 * Sends an answer as fast as its receiver takes it. What fails before there is a first piece is thrown: nothing is sent by
 * then. What fails later breaks the connection off, so that nobody takes the half for the whole, and is logged. A receiver
 * who goes away ends it too, and is nobody's failure.
 */
export async function sendStream(
  answer: StreamedResponse,
  request: Pick<IncomingMessage, "method"> & { path: string },
  response: ServerResponse,
): Promise<void> {
  const fields = { method: request.method, path: request.path };
  const pieces = answer.pieces[Symbol.asyncIterator]();
  const first = await pieces.next();
  let hasFailed = false;

  async function* body(): AsyncGenerator<string> {
    try {
      for (let piece = first; !piece.done;) {
        yield piece.value;
        piece = await pieces.next().catch((error: unknown) => {
          hasFailed = true;
          const cause = error instanceof AppError ? (error.cause ?? error) : error;
          log.error("response aborted", cause, fields);
          throw error;
        });
      }
    } finally {
      await pieces.return?.();
    }
  }

  response.writeHead(200, answer.headers);
  if (request.method === "HEAD") {
    await pieces.return?.();
    response.end();
    return;
  }
  try {
    await pipeline(body, response);
  } catch {
    // There is nobody left to tell.
    if (!hasFailed) log.info("client disconnected before the response ended", fields);
  }
}
