import * as functions from "../../src/index.ts";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { type ServedFunction, serveFunction } from "../../tools/local/served-function.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import { functionUrl, HOSTING, newFranchisee, newPayment, post, send, transactionsPath } from "../support/api.ts";
import { chunk, head, RawConnection } from "../support/raw-http.ts";
import { legacyExample } from "../support/records.ts";

const MIB = 1024 * 1024;
const LIMIT = 2 * MIB;
const JSON_TYPE = { "Content-Type": "application/json" };

/** The inflated size of a small request: more than the process may use. */
const INFLATED = Buffer.alloc(450 * MIB, "a").fill('{"a":"', 0, 6);
INFLATED.write('"}', INFLATED.length - 2);
const BOMB = gzipSync(INFLATED, { level: constants.Z_BEST_SPEED });

/** How much more memory than when idle the process may use, for all attacks and good requests together. */
const MAX_GROWTH = 160 * MIB;
/** How much more address space it gets: a larger allocation kills it, as in a container with little memory. */
const ADDRESS_SPACE = 512 * MIB;

const path = transactionsPath(newFranchisee());
let service: ServedFunction;

beforeAll(async () => {
  service = await serveFunction("api", ADDRESS.firestore);
});

afterAll(stopServices);

const good = (): ReturnType<typeof post> =>
  post(service.url + path, { ...legacyExample, stripePaymentId: newPayment() });

/** A field of /proc/{pid}/status, in bytes. */
function memory(field: "VmHWM" | "VmRSS" | "VmSize"): number {
  const status = readFileSync(`/proc/${service.pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
}

const warmUp = async (): Promise<void> => {
  for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 10 }, good));
};

/** Runs an attack beside good requests. All of those succeed, and the process stays within its memory limit. */
async function expectResilience(attack: () => Promise<void>): Promise<void> {
  writeFileSync(`/proc/${service.pid}/clear_refs`, "5");
  const before = memory("VmHWM");
  const over = new AbortController();
  const statuses: number[] = [];
  const senders = Array.from({ length: 3 }, async () => {
    do statuses.push((await good()).status);
    while (!over.signal.aborted);
  });
  await attack().finally(() => over.abort());
  await Promise.all(senders);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(memory("VmHWM") - before).toBeLessThan(MAX_GROWTH);
}

async function exchange(...parts: (string | Buffer)[]): Promise<RawConnection> {
  const connection = await RawConnection.open(service.url);
  for (const part of parts) await connection.send(part);
  return connection;
}

const statusOf = async (...parts: (string | Buffer)[]): Promise<number[]> => {
  const connection = await exchange(...parts);
  const statuses = await connection.responses();
  connection.end();
  return statuses;
};

describe("in a process of limited memory, beside good requests:", () => {
  beforeAll(async () => {
    await warmUp();
    execFileSync("prlimit", [`--pid=${service.pid}`, `--as=${memory("VmSize") + ADDRESS_SPACE}`]);
  });

  test.each([
    ["POST", "/"],
    ["POST", "/api/verify"],
    ["POST", path],
    ["GET", path],
    ["HEAD", path],
    ["OPTIONS", path],
    ["DELETE", "/favicon.ico"],
  ])("a %s of 450 MiB in half a MiB of gzip to %s gets 415", async (method, to) => {
    const headers = { ...JSON_TYPE, "Content-Encoding": "gzip", "Content-Length": BOMB.length };
    await expectResilience(async () => expect(await statusOf(head(method, to, headers), BOMB)).toEqual([415]));
  });

  test.each<[string, Buffer]>([
    ["GZIP", BOMB],
    ["x-gzip", BOMB],
    ["gzip, gzip", BOMB],
    ["deflate", deflateSync(INFLATED.subarray(0, 64 * MIB), { level: 1 })],
    ["br", brotliCompressSync(INFLATED.subarray(0, 64 * MIB), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ["identity", Buffer.from("{}")],
    ["", Buffer.from("{}")],
  ])("the Content-Encoding %j gets 415", async (encoding, body) => {
    const headers = { ...JSON_TYPE, "Content-Encoding": encoding, "Content-Length": body.length };
    await expectResilience(async () => expect(await statusOf(head("POST", path, headers), body)).toEqual([415]));
  });

  test("gzip in chunks, of every media type that the framework would parse, gets 415", async () => {
    const types = [
      "application/json",
      "application/cloudevents+json",
      "text/plain",
      "application/x-www-form-urlencoded",
      "a/b",
    ];
    await expectResilience(async () => {
      for (const type of types) {
        const headers = { "Content-Type": type, "Content-Encoding": "gzip", "Transfer-Encoding": "chunked" };
        expect(await statusOf(head("POST", path, headers), chunk(BOMB), "0\r\n\r\n")).toEqual([415]);
      }
    });
  });

  test("20 concurrent bodies of 31 MiB get 413", async () => {
    const body = INFLATED.subarray(0, 31 * MIB);
    const request = [head("POST", path, { ...JSON_TYPE, "Content-Length": body.length }), body];
    await expectResilience(async () => {
      const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf(...request)));
      expect(statuses).toEqual(statuses.map(() => [413]));
    });
  });

  test("20 endless chunked bodies get 413, and the connection is closed", async () => {
    const piece = chunk(INFLATED.subarray(0, MIB));
    await expectResilience(async () => {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          let statuses: number[] = [];
          // A server that closes while it still receives resets the connection, which can lose its response.
          for (let tries = 0; tries < 3 && statuses.length === 0; tries += 1) {
            const connection = await exchange(head("POST", path, { ...JSON_TYPE, "Transfer-Encoding": "chunked" }));
            while (!connection.isClosed) await connection.send(piece);
            ({ statuses } = connection);
          }
          expect(statuses).toEqual([413]);
        }),
      );
    });
  });

  test("a chunked body that arrives byte by byte uses only its length", async () => {
    const bytes = chunk(Buffer.from("a"));
    const pieces = Buffer.concat(Array.from({ length: 64 * 1024 }, () => bytes));
    await expectResilience(async () => {
      const connection = await exchange(head("POST", path, { ...JSON_TYPE, "Transfer-Encoding": "chunked" }));
      while (connection.statuses.length === 0) await connection.send(pieces);
      expect(connection.statuses).toEqual([413]);
      connection.end();
    });
  });

  test("40 senders that stop before the end do not block good requests", async () => {
    const body = INFLATED.subarray(0, LIMIT - 1);
    const request = [head("POST", path, { ...JSON_TYPE, "Content-Length": LIMIT }), body] as const;
    await expectResilience(async () => {
      const connections = await Promise.all(Array.from({ length: 40 }, () => exchange(...request)));
      for (let count = 0; count < 20; count += 1) expect((await good()).status).toBe(200);
      expect(connections.flatMap(({ statuses }) => statuses)).toEqual([]);
      for (const connection of connections) connection.end();
    });
  });

  test.each(["[", '{"a":', '"\\u0000', "a=1&", "a[b]", "\u0000"])(
    "2 MiB of %j get a 4xx as any media type",
    async (unit) => {
      const body = Buffer.from(unit.repeat(LIMIT / unit.length)).subarray(0, LIMIT);
      await expectResilience(async () => {
        for (const type of [
          "application/json",
          "text/plain; charset=utf-7",
          "application/x-www-form-urlencoded",
          "a/b",
        ]) {
          const headers = { "Content-Type": type, "Content-Length": body.length };
          expect(await statusOf(head("POST", "/api/verify", headers), body)).toEqual([401]);
        }
      });
    },
  );
});

describe("at the size limit,", () => {
  const signedTo = (length: number): [string, Buffer] => {
    const body = Buffer.alloc(length, "a");
    return [
      head("POST", "/api/verify", {
        ...JSON_TYPE,
        ...signedHeaders("POST", { target: "/api/verify" }, body.toString()),
        "Content-Length": length,
      }),
      body,
    ];
  };
  const chunkedTo = (length: number): [string, Buffer] => {
    const [start, body] = signedTo(length);
    const pieces = [body.subarray(0, 1), body.subarray(1, 70_000), body.subarray(70_000)].map(chunk);
    return [
      start.replace(/Content-Length: \d+/, "Transfer-Encoding: chunked"),
      Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]),
    ];
  };

  test.each<[string, [string, Buffer], number]>([
    ["2 MiB", signedTo(LIMIT), 200],
    ["a byte more", signedTo(LIMIT + 1), 413],
    ["2 MiB in chunks", chunkedTo(LIMIT), 200],
    ["a byte more in chunks", chunkedTo(LIMIT + 1), 413],
  ])("a body of %s gets the right status", async (_what, request, status) => {
    expect(await statusOf(...request)).toEqual([status]);
  });

  test("a body is received byte for byte, in however many pieces it arrives", async () => {
    const body = JSON.stringify({ ...legacyExample, stripePaymentId: newPayment(), name: "Zoë \u{1f600}" });
    const headers = { ...JSON_TYPE, ...signedHeaders("POST", { target: path }, body), "Transfer-Encoding": "chunked" };
    const connection = await exchange(head("POST", path, headers));
    for (const byte of Buffer.from(body)) await connection.send(chunk(Buffer.of(byte)));
    await connection.send("0\r\n\r\n");
    expect(await connection.responses()).toEqual([200]);
    expect(connection.received).toContain('"outcome":"created"');
    connection.end();
  });
});

describe("the head of a request", () => {
  const large = { ...JSON_TYPE, "Content-Length": 3 * MIB };

  test("is refused if it declares too large a body", async () => {
    expect(await statusOf(head("POST", path, large))).toEqual([413]);
  });

  test("is refused if it declares too large a body and waits for permission to send it", async () => {
    expect(await statusOf(head("POST", path, { ...large, Expect: "100-continue" }))).toEqual([413]);
  });

  test.each<[string, Record<string, string | number>, number]>([
    ["a Content-Length that is not a number", { "Content-Length": "1e9" }, 400],
    ["a negative Content-Length", { "Content-Length": -1 }, 400],
    ["a Content-Length beyond every number", { "Content-Length": "9".repeat(400) }, 400],
    ["two Content-Length headers", { "Content-Length": 2, "content-length": 3 }, 400],
    ["a Content-Length beside chunks", { "Content-Length": 2, "Transfer-Encoding": "chunked" }, 400],
    ["a body in gzip chunks", { "Transfer-Encoding": "chunked, gzip" }, 400],
    ["an unknown expectation", { Expect: "the best" }, 417],
  ])("is refused with %s", async (_what, headers, status) => {
    expect(await statusOf(head("POST", path, { ...JSON_TYPE, ...headers }))).toEqual([status]);
  });

  test("is answered with 100 if it is acceptable, and then the body is accepted", async () => {
    const body = JSON.stringify({ ...legacyExample, stripePaymentId: newPayment() });
    const headers = {
      ...JSON_TYPE,
      ...signedHeaders("POST", { target: path }, body),
      Expect: "100-continue",
      "Content-Length": Buffer.byteLength(body),
    };
    const connection = await exchange(head("POST", path, headers));
    expect(await connection.responses()).toEqual([100]);
    await connection.send(body);
    expect(await connection.responses(2)).toEqual([100, 200]);
    connection.end();
  });
});

test("requests on one connection get their responses in order, including refused ones", async () => {
  const body = JSON.stringify({ ...legacyExample, stripePaymentId: newPayment() });
  const signed = head("POST", path, {
    ...JSON_TYPE,
    ...signedHeaders("POST", { target: path }, body),
    "Content-Length": Buffer.byteLength(body),
  });
  const tooLong = INFLATED.subarray(0, 3 * MIB);
  const connection = await exchange(
    Buffer.concat([
      Buffer.from(signed + body),
      Buffer.from(head("POST", path, { ...JSON_TYPE, "Content-Length": tooLong.length })),
      tooLong,
      Buffer.from(signed + body),
      Buffer.from(head("POST", path, { ...JSON_TYPE, "Content-Encoding": "gzip", "Transfer-Encoding": "chunked" })),
      chunk(tooLong),
      Buffer.from("0\r\n\r\n"),
      Buffer.from(signed + body),
    ]),
  );
  expect(await connection.responses(5)).toEqual([200, 413, 200, 415, 200]);
  // Bytes beyond the declared length are parsed as another, invalid request, which closes the connection.
  await connection.send(head("POST", path, { "Content-Length": 2 }) + body);
  await connection.closed();
  expect(connection.statuses.slice(5)).toEqual([415]);
});

test.each(["GET", "HEAD", "OPTIONS"])(
  "a %s with a body gets the same response as without, and so does the next request",
  async (method) => {
    const body = Buffer.alloc(100_000, "{");
    const request = Buffer.concat([
      Buffer.from(head(method, "/api/nothing", { ...JSON_TYPE, "Content-Length": body.length })),
      body,
    ]);
    const connection = await exchange(request, request);
    expect(await connection.responses(2)).toEqual([404, 404]);
    connection.end();
  },
);

test.each(["/__/health", "/__/x", "/robots.txt"])(
  "no public function leaves a request for %s to the framework",
  async (to) => {
    for (const [target, { __endpoint }] of Object.entries(functions)) {
      if (!("httpsTrigger" in __endpoint)) continue;
      const { url, stop, logFile } = await serveFunction(target, ADDRESS.firestore);
      // The framework parses JSON, and logs a body that is not JSON.
      const response = await send(url + to, { method: "POST", headers: JSON_TYPE, body: "{ada@example.org" });
      expect([target, response.status, response.body?.error?.code]).toEqual([target, 404, "not_found"]);
      expect(await statusOf(head("GET", `http://x${to}`), "")).toEqual([404]);
      await stop();
      expect(readFileSync(logFile, "utf8")).not.toContain("ada@");
    }
  },
);

test("a target in absolute form means its path", async () => {
  const connection = await exchange(head("GET", `http://x${path}`), head("GET", "HTTP://x?a"));
  expect(await connection.responses(2)).toEqual([401, 404]);
  connection.end();
});

test.each([
  "recordTransaction",
  "listTransactions",
  "health",
  "stripeWebhook",
  "syncStripe",
  "syncAccount",
  "processEvents",
  "closeDays",
])("the function %s refuses the same requests", async (target) => {
  const { url, stop, logFile } = await serveFunction(target, ADDRESS.firestore);
  const headers = { ...JSON_TYPE, "Content-Encoding": "gzip", "Content-Length": BOMB.length };
  const open = async (...parts: (string | Buffer)[]): Promise<number[]> => {
    const connection = await RawConnection.open(url);
    for (const part of parts) await connection.send(part);
    const statuses = await connection.responses();
    connection.end();
    return statuses;
  };
  expect(await open(head("POST", "/", headers), BOMB)).toEqual([415]);
  expect(await open(head("POST", "/", { ...JSON_TYPE, "Content-Length": 3 * MIB }))).toEqual([413]);
  expect(await open(head("POST", "/%ff", { "Content-Length": 0 }))).toEqual([400]);
  await stop();
  expect(readFileSync(logFile, "utf8")).not.toContain("Error");
});

describe("in the emulators:", () => {
  test.each([`${functionUrl("api")}${path}`, `${functionUrl("recordTransaction")}${path}`, `${HOSTING}${path}`])(
    "%s refuses the same requests",
    async (url) => {
      const encoded = await send(url, {
        method: "POST",
        headers: { ...JSON_TYPE, "Content-Encoding": "gzip" },
        body: BOMB,
      });
      expect([encoded.status, encoded.body?.error?.code]).toEqual([415, "unsupported_media_type"]);
      const large = await send(url, { method: "POST", headers: JSON_TYPE, body: INFLATED.subarray(0, 31 * MIB) });
      expect([large.status, large.body?.error?.code]).toEqual([413, "payload_too_large"]);
      expect((await post(url, { ...legacyExample, stripePaymentId: newPayment() })).status).toBe(200);
    },
  );
});
