import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A request and its response. */
export interface Exchange {
  method: string;
  path: string;
  query: URLSearchParams;
  /** The requested API version. */
  version: string | undefined;
  status: number;
  body: unknown;
}

/** A proxy before a fake Stripe. */
export interface Recorder {
  url: URL;
  exchanges: Exchange[];
  /** Bodies posted to `/webhook`. */
  deliveries: unknown[];
  close: () => Promise<void>;
}

/**
 * Starts a proxy that forwards requests to `target` and records the responses. It records and accepts webhook
 * deliveries.
 */
export async function startRecorder(target: URL): Promise<Recorder> {
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const recorder: Recorder = {
    url: new URL(`http://127.0.0.1:${port}`),
    exchanges: [],
    deliveries: [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let sent = "";
    for await (const chunk of request) sent += String(chunk);
    const { method = "", url = "/", headersDistinct } = request;
    if (url === "/webhook") {
      recorder.deliveries.push(JSON.parse(sent));
      response.end();
      return;
    }
    const headers = ["authorization", "stripe-account"].flatMap((name): [string, string][] => {
      const value = headersDistinct[name]?.[0];
      return value === undefined ? [] : [[name, value]];
    });
    const answer = await fetch(new URL(url, target), { method, headers });
    const text = await answer.text();
    const { pathname: path, searchParams: query } = new URL(url, target);
    const version = headersDistinct["stripe-version"]?.[0];
    recorder.exchanges.push({ method, path, query, version, status: answer.status, body: JSON.parse(text) });
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(text);
  }
  return recorder;
}
