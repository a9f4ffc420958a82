import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent } from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { initializeApp } from "firebase-admin/app";
import { z } from "zod";

const PROJECT = "demo-moon-portal";
const HOSTS = { certificates: "www.googleapis.com", accounts: "identitytoolkit.googleapis.com" } as const;

export const nowSeconds = (offset = 0): number => Math.floor(Date.now() / 1000) + offset;

/** The state of the fake Google sign-in services. */
export interface Google {
  /** The users by uid, as Firebase Auth returns them. */
  users: Record<string, { disabled?: boolean; validSince?: string }>;
  unreachable?: "certificates" | "accounts" | undefined;
  /** Reachable, but responds with 500. */
  failing?: "certificates" | "accounts" | undefined;
  close: () => void;
}

const lookUpSchema = z.object({ localId: z.tuple([z.string()]) });

/**
 * Serves Google's certificates and users to the real Admin SDK, as in production: unlike the Auth emulator's, the
 * tokens are signed, and a user is fetched only when the SDK checks for revocation. Call it before Firebase Auth is
 * first used.
 */
export async function startFakeGoogle(): Promise<Google> {
  const google: Google = { users: {}, close: () => server.close() };

  function bodyFor(body: string): object {
    if (body === "") return { [KEY_ID]: KEY_PAIR.publicKey.export({ type: "spki", format: "pem" }) };
    const [localId] = lookUpSchema.parse(JSON.parse(body)).localId;
    const found = google.users[localId];
    return found ? { users: [{ localId, ...found }] } : {};
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    // Requests for certificates have no body.
    const isFailing = google.failing === (body === "" ? "certificates" : "accounts");
    response.writeHead(isFailing ? 500 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(isFailing ? { error: { message: "OUT_OF_ORDER" } } : bodyFor(body)));
  }

  const server = createServer((request, response) => void respond(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.int() }).parse(server.address());

  /** Routes every connection to this server, without TLS, or to a closed port if the host is unreachable. */
  class LocalAgent extends Agent {
    override createConnection({ host }: { host?: string | null | undefined }) {
      const isReached = google.unreachable === undefined || host !== HOSTS[google.unreachable];
      return connect(isReached ? port : 1, "127.0.0.1");
    }
  }
  const getAccessToken = () => Promise.resolve({ access_token: "local", expires_in: 3600 });
  initializeApp({ projectId: PROJECT, credential: { getAccessToken }, httpAgent: new LocalAgent() }, "authentication");
  return google;
}

const KEY_ID = "key-1";
const KEY_PAIR = generateKeyPairSync("rsa", { modulusLength: 2048 });

interface TokenOptions {
  header?: object;
  key?: KeyObject;
}

/** An ID token as Firebase Auth issues it, with these overrides. */
export function idToken(
  uid: string,
  claims: object = {},
  { header = {}, key = KEY_PAIR.privateKey }: TokenOptions = {},
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "RS256", kid: KEY_ID, ...header })}.${part({
    iss: `https://securetoken.google.com/${PROJECT}`,
    aud: PROJECT,
    sub: uid,
    auth_time: nowSeconds(),
    iat: nowSeconds(),
    exp: nowSeconds(3600),
    ...claims,
  })}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}
