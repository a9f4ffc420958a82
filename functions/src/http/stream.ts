import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import { pathOf } from "./paths.ts";

/** The body of a 200 that is too long for memory. */
export class StreamedResponse {
  readonly headers: Readonly<Record<string, string>>;
  /** Each chunk is made when the one before it has been sent. */
  readonly chunks: AsyncIterable<string>;

  constructor(headers: Readonly<Record<string, string>>, chunks: AsyncIterable<string>) {
    this.headers = headers;
    this.chunks = chunks;
  }
}

/**
 * Sends a response as fast as its client reads it. Throws an error before the first chunk, when nothing has been sent.
 * A later error is logged and closes the connection, so that no client takes a part for the whole. A client that
 * disconnects is not an error.
 */
export async function sendStream(
  streamed: StreamedResponse,
  request: Pick<IncomingMessage, "method" | "url">,
  response: ServerResponse,
): Promise<void> {
  const fields = { method: request.method, path: pathOf(request) };
  const chunks = streamed.chunks[Symbol.asyncIterator]();
  const first = await chunks.next();
  let hasFailed = false;

  async function* body(): AsyncGenerator<string> {
    try {
      for (let chunk = first; !chunk.done;) {
        yield chunk.value;
        chunk = await chunks.next().catch((error: unknown) => {
          hasFailed = true;
          const cause = error instanceof AppError ? (error.cause ?? error) : error;
          log.error("response aborted", cause, fields);
          throw error;
        });
      }
    } finally {
      await chunks.return?.();
    }
  }

  response.writeHead(200, streamed.headers);
  if (request.method === "HEAD") {
    await chunks.return?.();
    response.end();
    return;
  }
  try {
    await pipeline(body, response);
  } catch {
    // The client disconnected, or the error is logged.
    if (!hasFailed) log.info("client disconnected before the response ended", fields);
  }
}
