import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ADDRESS, PROJECT_ID } from "../../tools/cli/ports.ts";
import { signedHeaders, type Signing } from "../../tools/cli/signing.ts";

/** Base URLs: Firebase Hosting, and a function's own. */
export const HOSTING = `http://${ADDRESS.hosting}`;
export const functionUrl = (name: string): string => `http://${ADDRESS.functions}/${PROJECT_ID}/us-central1/${name}`;

/** Ids that no other test uses, so that tests can share the emulator. */
export const newFranchisee = (): string => `acct_${randomBytes(8).toString("hex")}`;
export const newPayment = (): string => `pi_${randomBytes(8).toString("hex")}`;

export const transactionsPath = (franchiseeId: string): string => `/api/franchisees/${franchiseeId}/transactions`;

/** Every JSON body of the API: responses and errors. */
const bodySchema = z.looseObject({
  outcome: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  transactions: z.array(z.looseObject({ stripePaymentId: z.string(), createdAt: z.iso.datetime() })).default([]),
  count: z.int().optional(),
  nextCursor: z.string().nullish(),
  error: z
    .strictObject({
      code: z.string(),
      message: z.string(),
      details: z.array(z.strictObject({ path: z.string(), message: z.string() })).default([]),
      requestId: z.string().min(1),
    })
    // Each error has a different id.
    .transform(({ requestId: _requestId, ...error }) => error)
    .optional(),
});

export interface ApiResponse {
  status: number;
  headers: Headers;
  text: string;
  /** Undefined if the response is not JSON. */
  body: z.infer<typeof bodySchema> | undefined;
}

/** Sends a request unchanged: unsigned unless its headers include a signature. */
export async function send(url: string, init?: RequestInit): Promise<ApiResponse> {
  const response = await fetchAgain(url, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const body = isJson && text !== "" ? bodySchema.parse(JSON.parse(text)) : undefined;
  return { status: response.status, headers: response.headers, text, body };
}

/** A test that blocks for seconds does not notice that the server has closed these: so many at most. */
const IDLE_CONNECTIONS = 10;

/** The emulator's response while a function takes too long to load; the API has no such status. */
const COLD_START = 504;

async function fetchAgain(url: string, init: RequestInit | undefined): Promise<Response> {
  for (let tries = 0; ; tries += 1) {
    try {
      const response = await fetch(url, init);
      if (response.status !== COLD_START || tries === IDLE_CONNECTIONS) return response;
      // Each request starts another process there, so that immediate ones would prolong what they wait for.
      await sleep(randomInt(1_000 * 2 ** Math.min(tries, 4)));
    } catch (error) {
      const cause: unknown = error instanceof Error ? error.cause : null;
      const isClosed = cause instanceof Error && cause.message === "other side closed";
      if (!isClosed || tries === IDLE_CONNECTIONS) throw error;
    }
  }
}

/** Sends a signed request, as the orchestrator does. */
export function sendSigned(
  method: string,
  url: string,
  body = "",
  { headers = {}, ...signing }: Signing & { headers?: Record<string, string> } = {},
): Promise<ApiResponse> {
  return send(url, {
    method,
    headers: { ...signedHeaders(method, url, body, signing), ...headers },
    ...(body !== "" && { body: Buffer.from(body) }),
  });
}

export function post(url: string, body: object | string, contentType = "application/json"): Promise<ApiResponse> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return sendSigned("POST", url, text, { headers: { "Content-Type": contentType } });
}

export function get(url: string): Promise<ApiResponse> {
  return sendSigned("GET", url);
}

/** As the orchestrator does, repeats a request for which the database is unavailable. */
export async function postRecord(franchiseeId: string, record: object | string): Promise<ApiResponse> {
  for (let tries = 0; ; tries += 1) {
    const response = await post(`${HOSTING}${transactionsPath(franchiseeId)}`, record);
    if (response.status !== 503 || tries === 5) return response;
    await sleep(randomInt(1_000, 3_000));
  }
}

export function getTransactions(franchiseeId: string, query = ""): Promise<ApiResponse> {
  // Form encoding, which is how Hosting forwards a query.
  return get(`${HOSTING}${transactionsPath(franchiseeId)}?${new URLSearchParams(query).toString()}`);
}
