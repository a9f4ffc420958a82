import { type AuthClient, gaxios, GoogleAuth } from "google-auth-library";
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
  data?: object;
}

/** Returns the response's body; null where a GET finds nothing. Throws GoogleApiError for any other failure. */
export type Google = (service: Service, request: GoogleRequest) => Promise<unknown>;

export class GoogleApiError extends Error {
  override readonly name = "GoogleApiError";
  /** Null where there was no response. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

/** Throws a CliError where the operator is not signed in; the Firestore client would end the process later. */
export async function applicationDefault(): Promise<AuthClient> {
  try {
    return await new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform"] }).getClient();
  } catch {
    throw new CliError("There are no application default credentials. Sign in: gcloud auth application-default login");
  }
}

const TIMEOUT_MS = 30_000;

export function connectGoogle(client: AuthClient, bases: Readonly<Record<Service, string>> = BASES): Google {
  return async (service, { path, method = "GET", ...request }) => {
    const url = `${bases[service]}/${path}`;
    try {
      const options = { url, method, fetchImplementation: fetch, timeout: TIMEOUT_MS, retry: false, ...request };
      return (await client.request<unknown>(options)).data;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const response = error instanceof gaxios.GaxiosError ? error.response : undefined;
      if (!response) throw new GoogleApiError(`${new URL(url).host} did not answer: ${rootOf(error).message}`, null);
      const { status, headers } = response;
      if (status === 404 && method === "GET") return null;
      const isJson = headers.get("content-type")?.startsWith("application/json") === true;
      const reason = isJson ? error.message : "without a reason";
      throw new GoogleApiError(`Google answers ${status}: ${reason}`, status);
    }
  };
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** Follows all pages of a list; null where there is nothing at this path. Throws GoogleApiError. */
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
