import { lines } from "../support/captured-log.ts";
import { createServer } from "node:http";
import { z } from "zod";
import { AppError } from "../../src/errors.ts";
import { errorSchema, sendError } from "../../src/http/router.ts";

const server = createServer((request, response) => {
  sendError(new AppError("not_found", "No."), request, response);
});

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => void server.close(resolve)));
beforeEach(() => void lines.splice(0));

const lineSchema = z.object({ message: z.literal("request rejected"), requestId: z.string() });

/** The id in the body of an error, which its log line contains, too. */
async function requestIdFor(headers: Record<string, string>): Promise<string> {
  const { port } = z.object({ port: z.int() }).parse(server.address());
  const response = await fetch(`http://127.0.0.1:${port}/somewhere`, { headers });
  const { error } = errorSchema.parse(await response.json());
  expect(lines.map((line) => lineSchema.parse(JSON.parse(line)).requestId)).toEqual([error.requestId]);
  return error.requestId;
}

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const RANDOM = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

describe("the request id of an error", () => {
  test.each([
    ["Cloud Run's trace", { "x-cloud-trace-context": `${TRACE}/123;o=1` }],
    ["a W3C trace", { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }],
    [
      "Cloud Run's trace before a W3C one",
      { "x-cloud-trace-context": `${TRACE}/1`, traceparent: `00-${"a".repeat(32)}-00f067aa0ba902b7-01` },
    ],
  ])("is the id of %s", async (_what, headers) => {
    expect(await requestIdFor(headers)).toBe(TRACE);
  });

  test.each([
    ["is missing", {}],
    ["is of another form", { "x-cloud-trace-context": `"}, "severity": "ALERT"` }],
    ["has more than a trace id", { "x-cloud-trace-context": `x${TRACE}/1` }],
    ["has a longer id", { traceparent: `00-${TRACE}0-00f067aa0ba902b7-01` }],
  ])("is random if the header %s", async (_what, headers) => {
    const ids = [await requestIdFor(headers), (lines.splice(0), await requestIdFor(headers))];
    for (const id of ids) expect(id).toMatch(RANDOM);
    expect(new Set(ids).size).toBe(2);
  });
});
