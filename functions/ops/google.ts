import { type AuthClient, gaxios, GoogleAuth } from "google-auth-library";
import { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";

const BASES = {
  billing: "https://cloudbilling.googleapis.com/v1",
  budgets: "https://billingbudgets.googleapis.com/v1",
  dashboards: "https://monitoring.googleapis.com/v1",
  firestore: "https://firestore.googleapis.com/v1",
  functions: "https://cloudfunctions.googleapis.com/v2",
  identity: "https://identitytoolkit.googleapis.com/admin/v2",
  logging: "https://logging.googleapis.com/v2",
  monitoring: "https://monitoring.googleapis.com/v3",
  projects: "https://cloudresourcemanager.googleapis.com/v1",
  rules: "https://firebaserules.googleapis.com/v1",
  secrets: "https://secretmanager.googleapis.com/v1",
} as const;

export type Service = keyof typeof BASES;

export interface GoogleRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH";
  /** Relative to the service's base, such as `projects/ID/metrics`. */
  path: string;
  params?: Record<string, string>;
  data?: object;
}

/** Returns the response body; null if a GET returns 404. Throws GoogleApiError for any other failure. */
export type Google = (service: Service, request: GoogleRequest) => Promise<unknown>;

export class GoogleApiError extends Error {
  override readonly name = "GoogleApiError";
  /** Null without a response. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

/** Throws a CliError if the operator is not signed in; the Firestore client would end the process later. */
export async function applicationDefault(): Promise<AuthClient> {
  try {
    return await new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform"] }).getClient();
  } catch {
    throw new CliError("No application default credentials. Sign in: gcloud auth application-default login");
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
      if (!response) throw new GoogleApiError(`${new URL(url).host} did not respond: ${rootOf(error).message}`, null);
      const { status, headers } = response;
      if (status === 404 && method === "GET") return null;
      const isJson = headers.get("content-type")?.startsWith("application/json") === true;
      const reason = isJson ? error.message : "no reason given";
      throw new GoogleApiError(`Google responded ${status}: ${reason}`, status);
    }
  };
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** All pages of a list; null if the path does not exist. Throws GoogleApiError. */
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
    const response = await google(service, { ...request, params });
    if (response === null) return null;
    const page = pageSchema.parse(response);
    items.push(...z.array(item).parse(page[name]));
    pageToken = z.string().default("").parse(page["nextPageToken"]);
  } while (pageToken !== "");
  return items;
}
