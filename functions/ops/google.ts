/** Google's REST APIs, as far as the operator's commands ask them, with the operator's application default credentials. */
import { GoogleAuth } from "google-auth-library";
import { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";

const BASES = {
  dashboards: "https://monitoring.googleapis.com/v1",
  firestore: "https://firestore.googleapis.com/v1",
  functions: "https://cloudfunctions.googleapis.com/v2",
  identity: "https://identitytoolkit.googleapis.com/admin/v2",
  logging: "https://logging.googleapis.com/v2",
  monitoring: "https://monitoring.googleapis.com/v3",
  secrets: "https://secretmanager.googleapis.com/v1",
} as const;

export type Service = keyof typeof BASES;

export interface GoogleRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH";
  /** Below the service's base, such as `projects/ID/metrics`. */
  path: string;
  params?: Record<string, string>;
  body?: object;
}

/** Throws GoogleApiError for all that is not answered, but null is the answer where there is nothing at this path. */
export type Google = (service: Service, request: GoogleRequest) => Promise<unknown>;

/** What Google refuses, in its own words. */
export class GoogleApiError extends Error {
  override readonly name = "GoogleApiError";
  /** Null where there was no answer. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

const TIMEOUT_MS = 30_000;

const refusalSchema = z.object({ error: z.object({ message: z.string() }) });

/** What signs requests. */
type Credentials = Pick<GoogleAuth, "getRequestHeaders">;

/** Throws a CliError where the operator is not signed in; the Firestore client would end the process later on. */
export async function applicationDefault(): Promise<Credentials> {
  const auth = new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform"] });
  try {
    await auth.getClient();
  } catch {
    throw new CliError("There are no application default credentials. Sign in: gcloud auth application-default login");
  }
  return auth;
}

export function connectGoogle(credentials: Credentials, bases: Readonly<Record<Service, string>> = BASES): Google {
  return async (service, { method = "GET", path, params = {}, body }) => {
    const url = new URL(`${bases[service]}/${path}`);
    url.search = new URLSearchParams(params).toString();
    const { status, answer } = await exchange(credentials, url, method, body).catch((error: unknown) => {
      throw new GoogleApiError(`${url.host} has not been asked, or has not answered: ${reasonOf(error)}`, null);
    });
    if (status === 404 && method === "GET") return null;
    if (status >= 200 && status < 300) return answer;
    const refusal = refusalSchema.safeParse(answer);
    throw new GoogleApiError(`Google answers ${status}: ${refusal.data?.error.message ?? "without a reason"}`, status);
  };
}

async function exchange(
  credentials: Credentials,
  url: URL,
  method: string,
  body: object | undefined,
): Promise<{ status: number; answer: unknown }> {
  const headers = await credentials.getRequestHeaders(url);
  if (body) headers.set("Content-Type", "application/json");
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { method, headers, signal, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return { status: response.status, answer: isJson ? JSON.parse(text) : text };
}

/** A failed fetch says why in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** All items of a list, whatever number of pages it has; null where there is nothing at this path. Throws GoogleApiError. */
export async function listAll<T>(
  google: Google,
  service: Service,
  request: GoogleRequest,
  name: string,
  item: z.ZodType<T>,
): Promise<T[] | null> {
  const pageSchema = z.object({ [name]: z.array(item).default([]), nextPageToken: z.string().optional() });
  const items: T[] = [];
  let pageToken = "";
  do {
    const params = { ...request.params, ...(pageToken !== "" && { pageToken }) };
    const answer = await google(service, { ...request, params });
    if (answer === null) return null;
    const page = pageSchema.parse(answer);
    items.push(...z.array(item).parse(page[name]));
    pageToken = z.string().default("").parse(page["nextPageToken"]);
  } while (pageToken !== "");
  return items;
}
