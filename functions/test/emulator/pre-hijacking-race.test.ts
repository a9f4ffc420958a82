/** A stranger acts between two requests of the grant command. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { authentication } from "../../src/store/authentication.ts";
import { newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { type CommandOutcome, runOperator } from "../support/operate.ts";
import { goldenRecord } from "../support/records.ts";
import {
  byPassword,
  byProvider,
  requestEmailLink,
  openLink,
  reads,
  refreshTokens,
  signUp,
  type Tokens,
} from "../support/sign-in.ts";

const franchiseeId = newFranchisee();
const paymentId = newPayment();
const PASSWORD = "the stranger's password";
const NOTHING = { api: false, rules: false };
const readsNow = (tokens: Tokens | null) => reads(franchiseeId, paymentId, tokens);
const newEmail = (): string => `${randomBytes(8).toString("hex")}@example.com`;

/** Runs after a request was executed, before the command has its response. */
let onRequest: (call: string) => Promise<unknown>;
const nothing = () => Promise.resolve();

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const upstream = await fetch(`http://${ADDRESS.auth}${request.url ?? ""}`, {
    method: request.method ?? "GET",
    headers: { Authorization: "Bearer owner", "Content-Type": "application/json" },
    ...(body.length > 0 && { body }),
  });
  const text = await upstream.text();
  await onRequest(request.url?.split("/").at(-1) ?? "");
  response.writeHead(upstream.status, { "Content-Type": "application/json" });
  response.end(text);
}

// The Admin SDK keeps the first host that it uses.
const proxy = createServer((request, response) => void pass(request, response)).listen(0, "127.0.0.1");
let host: string;

beforeAll(async () => {
  if (!proxy.listening) await once(proxy, "listening");
  host = `127.0.0.1:${z.object({ port: z.int() }).parse(proxy.address()).port}`;
  expect((await postRecord(franchiseeId, { ...goldenRecord(), stripePaymentId: paymentId })).status).toBe(200);
});
beforeEach(() => {
  onRequest = nothing;
});
afterAll(() => {
  proxy.closeAllConnections();
  proxy.close();
});

const grant = (email: string): Promise<CommandOutcome> =>
  runOperator(["access", "grant", franchiseeId, "--email", email, "--local"], { FIREBASE_AUTH_EMULATOR_HOST: host });

test.each(["accounts:lookup", "accounts:delete"])(
  "a stranger who signs up right after %s gets no access, the operator is informed, and the next grant removes the account",
  async (call) => {
    const email = newEmail();
    if (call === "accounts:delete") await signUp({ email, password: PASSWORD });
    let session: Tokens | undefined;
    onRequest = async (made) => {
      if (made === call) session ??= await signUp({ email, password: PASSWORD });
    };
    const { code, output } = await grant(email);
    onRequest = nothing;
    expect([code, output]).toEqual([1, expect.stringContaining("signed up with")]);
    expect((await authentication().getUserByEmail(email)).customClaims ?? {}).toEqual({});

    expect(session).toBeDefined();
    const expectNothing = async (): Promise<void> => {
      expect(await readsNow(session ?? null)).toEqual(NOTHING);
      expect(await readsNow(await refreshTokens(session?.refreshToken ?? ""))).toEqual(NOTHING);
      expect(await readsNow(await byPassword(email, PASSWORD))).toEqual(NOTHING);
    };
    await expectNothing();
    expect((await grant(email)).code).toBe(0);
    await expectNothing();
  },
);

test.each<[string, string]>([
  ["is created", "accounts"],
  ["has its claims", "accounts:update"],
])(
  "if a stranger's earlier request changes the address once the account %s, no grant is left, and the operator is informed",
  async (_when, call) => {
    const [email, theirs] = [newEmail(), newEmail()];
    const { idToken } = await signUp({ email, password: PASSWORD });
    const link = await requestEmailLink("VERIFY_AND_CHANGE_EMAIL", theirs, { idToken, newEmail: theirs });
    let isOpen = false;
    onRequest = async (made) => {
      if (made !== call || isOpen) return;
      isOpen = true;
      await openLink(link);
    };
    const { code, output } = await grant(email);
    onRequest = nothing;
    expect([code, output]).toEqual([1, expect.stringContaining("was changed during the grant")]);
    expect((await authentication().getUserByEmail(theirs)).customClaims ?? {}).toEqual({});
    await openLink(await requestEmailLink("PASSWORD_RESET", theirs), PASSWORD);
    expect(await readsNow(await byPassword(theirs, PASSWORD))).toEqual(NOTHING);
  },
);

test("a stranger who signs in and adds a sign-in method while the account is being replaced gets no access", async () => {
  const email = newEmail();
  await signUp({ email, password: PASSWORD });
  const sessions: (Tokens | null)[] = [];
  const own = { sub: `stranger-${email}`, email: newEmail(), email_verified: true };
  onRequest = async (made) => {
    if (made !== "accounts:lookup" || sessions.length > 0) return;
    const session = await byPassword(email, PASSWORD);
    sessions.push(session, await byProvider("google.com", own, session?.idToken));
  };
  const { code } = await grant(email);
  onRequest = nothing;
  expect([code, sessions]).toEqual([0, [expect.anything(), expect.anything()]]);
  for (const session of sessions) {
    expect(await readsNow(session)).toEqual(NOTHING);
    expect(await readsNow(await refreshTokens(session?.refreshToken ?? ""))).toEqual(NOTHING);
  }
  expect(await readsNow(await byPassword(email, PASSWORD))).toEqual(NOTHING);
  expect(await readsNow(await byProvider("google.com", own))).toEqual(NOTHING);
});

test("two concurrent operators keep each other's grants, and the operator is informed", async () => {
  const email = newEmail();
  const theirs = { franchisees: [newFranchisee()], grantedTo: email };
  onRequest = async (made) => {
    if (made !== "accounts:update") return;
    onRequest = nothing;
    const { uid } = await authentication().getUserByEmail(email);
    await authentication().setCustomUserClaims(uid, theirs);
  };
  const { code, output } = await grant(email);
  expect([code, output]).toEqual([1, expect.stringContaining("Another command changed the access of")]);
  expect((await authentication().getUserByEmail(email)).customClaims).toEqual(theirs);
});
