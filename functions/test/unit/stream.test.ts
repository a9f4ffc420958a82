import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { sendStream, StreamedResponse } from "../../src/http/stream.ts";
import { log } from "../../src/log.ts";

const PIECE = "x".repeat(256 * 1024);

let server: Server;
let port: number;
let failure: unknown;
let made: number;
let ended: Promise<void>;

/** Serves these pieces, and counts those that are produced. */
async function serve(make: () => AsyncIterable<string>): Promise<void> {
  let end = (): void => undefined;
  ended = new Promise((resolve) => (end = resolve));
  async function* counted(): AsyncGenerator<string> {
    try {
      for await (const piece of make()) {
        made += 1;
        yield piece;
      }
    } finally {
      end();
    }
  }
  server = createServer((incoming, response) => {
    const streamed = new StreamedResponse({ "Content-Type": "text/plain" }, counted());
    sendStream(streamed, { method: incoming.method, url: "/file" }, response).catch((error: unknown) => {
      failure = error;
      response.writeHead(503).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  port = typeof address === "object" && address ? address.port : 0;
}

const errors = jest.spyOn(log, "error").mockImplementation(() => undefined);
beforeEach(() => {
  [failure, made] = [undefined, 0];
  errors.mockClear();
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function get(method = "GET"): Promise<IncomingMessage> {
  const sent = request({ port, method, agent: false }).end();
  return new Promise((resolve, reject) => sent.once("response", resolve).once("error", reject));
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text);
}

async function* endless(): AsyncGenerator<string> {
  for (;;) yield await Promise.resolve(PIECE);
}

/** Fails after this time. */
async function* failingAfter(wait: Promise<unknown>, ...texts: string[]): AsyncGenerator<string> {
  yield* texts;
  await wait;
  throw new Error("from Firestore");
}

test.each<[string, string[]]>([
  ["", []],
  ["abc", ["a", "b", "c"]],
])("all pieces arrive, in order: %j", async (text, all) => {
  await serve(() => pieces(...all));
  const response = await get();
  expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "text/plain"]);
  expect(await textOf(response)).toBe(text);
});

test("HEAD has the same response as GET, but produces no chunks", async () => {
  await serve(endless);
  const response = await get("HEAD");
  expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "text/plain"]);
  expect(await textOf(response)).toBe("");
  await ended;
  expect(made).toBe(1);
});

test("an error before the first piece is left to the caller", async () => {
  await serve(() => failingAfter(Promise.resolve()));
  expect((await get()).statusCode).toBe(503);
  expect(failure).toEqual(new Error("from Firestore"));
});

test("an error in mid-stream closes the connection, and is logged once", async () => {
  let fail = (): void => undefined;
  await serve(() => failingAfter(new Promise<void>((resolve) => (fail = resolve)), "a"));
  const response = await get();
  expect(response.statusCode).toBe(200);
  fail();
  await expect(textOf(response)).rejects.toThrow("aborted");
  expect([failure, made]).toEqual([undefined, 1]);
  expect(errors.mock.calls).toEqual([
    ["response aborted", new Error("from Firestore"), { method: "GET", path: "/file" }],
  ]);
});

test("pieces are produced at the receiver's pace, and no more once it has disconnected, which is not an error", async () => {
  await serve(endless);
  const response = await get();
  const withStalledReceiver = await settled(() => made);
  expect(withStalledReceiver).toBeLessThan(100);
  response.destroy();
  await ended;
  expect([failure, errors.mock.calls]).toEqual([undefined, []]);
  expect(await settled(() => made)).toBeLessThan(withStalledReceiver + 10);
});

/** The number once it no longer changes. */
async function settled(number: () => number): Promise<number> {
  for (let before = -1; before !== number();) {
    before = number();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return number();
}
