import { type Firestore, getFirestore, v1 } from "firebase-admin/firestore";
import * as gax from "google-gax";
import { firestoreProject } from "../config.ts";
import { namedApp } from "./app.ts";

/** For one call with its retries, in milliseconds; the client's default is ten minutes. */
const CALL_TIMEOUT_MS = 5_000;

/** Far below the timeout of a call, so that calls succeed soon after an outage. */
const MAX_RECONNECT_BACKOFF_MS = 1_000;

let connection: Firestore | undefined;

export function firestore(): Firestore {
  connection ??= connect();
  return connection;
}

function connect(): Firestore {
  const projectId = knownProject();
  const instance = getFirestore(namedApp("database", projectId === undefined ? {} : { projectId }));
  instance.settings({ clientConfig: CLIENT_CONFIG, "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_BACKOFF_MS });
  return instance;
}

/** For both connections: firebase-admin and google-auth-library prefer different variables. */
function knownProject(): string | undefined {
  return firestoreProject() ?? (process.env["GOOGLE_CLOUD_PROJECT"] || process.env["GCLOUD_PROJECT"] || undefined);
}

type Client = InstanceType<typeof v1.FirestoreClient>;

/** The client that the SDK is built on, the database's full name, and the options of a call. */
export interface ApiConnection {
  client: Client;
  database: string;
  options: { otherArgs: { headers: Record<string, string> } };
}

let apiConnection: Promise<ApiConnection> | undefined;

/** A second connection, with the same settings, for calls of Firestore's API itself (docs/decisions/0022). */
export function firestoreApi(): Promise<ApiConnection> {
  apiConnection ??= connectApi().catch((error: unknown) => {
    apiConnection = undefined;
    throw error;
  });
  return apiConnection;
}

/** Makes the next call connect again. The SDK replaces its clients in the same cases (`ClientPool`). */
export function reconnectIfBroken(error: unknown): void {
  if (error instanceof Error && error.message.includes("RST_STREAM")) apiConnection = undefined;
}

async function connectApi(): Promise<ApiConnection> {
  const projectId = knownProject();
  const settings = {
    clientConfig: CLIENT_CONFIG,
    "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_BACKOFF_MS,
    ...(projectId !== undefined && { projectId }),
    ...emulatorSettings(),
  };
  const client = new v1.FirestoreClient(settings, Object.assign({}, gax, { LocationsClient: NoLocationsClient }));
  const database = `projects/${projectId ?? (await client.getProjectId())}/databases/(default)`;
  // As the SDK calls: @google-cloud/firestore 7.11.6, index.ts, createCallOptions.
  const headers = { "google-cloud-resource-prefix": database, ...(isEmulator() && { Authorization: "Bearer owner" }) };
  return { client, database, options: { otherArgs: { headers } } };
}

const isEmulator = (): boolean => emulatorHost() !== "";
const emulatorHost = (): string => process.env["FIRESTORE_EMULATOR_HOST"] ?? "";

function emulatorSettings() {
  if (!isEmulator()) return {};
  const { hostname, port } = new URL(`http://${emulatorHost()}`);
  return { servicePath: hostname, port: Number(port), sslCreds: gax.grpc.credentials.createInsecure() };
}

/**
 * Replaces the client of another API that the Firestore client creates with itself, and only `getLocation` and
 * `listLocations` use. Loading its schema takes a tenth of the first request.
 */
class NoLocationsClient {
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Overrides the Firestore client's retry settings (google-gax) for the calls that the store makes. */
const CLIENT_CONFIG = {
  interfaces: {
    "google.firestore.v1.Firestore": {
      retry_params: {
        default: {
          initial_retry_delay_millis: 100,
          retry_delay_multiplier: 1.3,
          max_retry_delay_millis: 1_000,
          initial_rpc_timeout_millis: CALL_TIMEOUT_MS,
          rpc_timeout_multiplier: 1,
          max_rpc_timeout_millis: CALL_TIMEOUT_MS,
          total_timeout_millis: CALL_TIMEOUT_MS,
        },
      },
      methods: Object.fromEntries(
        ["BatchGetDocuments", "BeginTransaction", "Commit", "Rollback", "RunQuery"].map((method) => [
          method,
          { timeout_millis: CALL_TIMEOUT_MS, retry_params_name: "default" },
        ]),
      ),
    },
  },
};
