import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { authentication } from "../../src/store/authentication.ts";
import { type ApiResponse, HOSTING, newFranchisee, postRecord, send, transactionsPath } from "../support/api.ts";
import { legacyExample } from "../support/records.ts";
import { user, type User } from "../support/users.ts";

const mine = newFranchisee();
const theirs = newFranchisee();

beforeAll(() => Promise.all([mine, theirs].map((franchiseeId) => postRecord(franchiseeId, legacyExample))));

/** The token with other claims; the Auth emulator's tokens are unsigned. */
function altered(token: string, claims: object): string {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const decoded = z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
  return [header, Buffer.from(JSON.stringify({ ...decoded, ...claims })).toString("base64url"), signature].join(".");
}

const read = (franchiseeId: string, authorization: string): Promise<ApiResponse> =>
  send(HOSTING + transactionsPath(franchiseeId), { headers: { Authorization: authorization } });

const statuses = async (token: string): Promise<number[]> =>
  (await Promise.all([read(mine, `Bearer ${token}`), read(theirs, `Bearer ${token}`)])).map(({ status }) => status);

describe("with an ID token,", () => {
  test.each<[string, claims: object, number[]]>([
    ["the owner", { franchisees: [mine] }, [200, 403]],
    ["an owner of both", { franchisees: [mine, theirs] }, [200, 200]],
    ["the owner of another", { franchisees: [newFranchisee()] }, [403, 403]],
    ["an admin", { admin: true }, [200, 200]],
    ["a user without claims", {}, [403, 403]],
  ])("%s reads their own and the other franchisee as granted", async (_who, claims, expected) => {
    expect(await statuses((await user(claims)).token)).toEqual(expected);
  });

  test("an owner with an unverified email address has access by the grant, not by the address", async () => {
    expect(await statuses((await user({ franchisees: [mine] }, { emailVerified: false })).token)).toEqual([200, 403]);
  });

  test("an owner reads the transactions", async () => {
    const { token } = await user({ franchisees: [mine] });
    expect((await read(mine, `Bearer ${token}`)).body).toMatchObject({ count: 1, transactions: [legacyExample] });
  });
});

describe("a request is refused, with the reason,", () => {
  const admin = () => user({ admin: true });
  const inThePast = Math.floor(Date.now() / 1000) - 7200;

  test.each<[string, () => Promise<string>, string]>([
    ["no token", () => Promise.resolve(""), "The request is not signed: the header webhook-id is missing."],
    ["another scheme", () => Promise.resolve("Basic YTpi"), "The header Authorization holds no Bearer token."],
    ["garbage", () => Promise.resolve("Bearer garbage"), "The ID token is not valid."],
    [
      "an expired token",
      async () => `Bearer ${altered((await admin()).token, { iat: inThePast, exp: inThePast + 3600 })}`,
      "The ID token has expired.",
    ],
    [
      "a token of another project",
      async () =>
        `Bearer ${altered((await admin()).token, { aud: "demo-other", iss: "https://securetoken.google.com/demo-other" })}`,
      "The ID token is not valid.",
    ],
    [
      "a token of an unknown user",
      async () => `Bearer ${altered((await admin()).token, { sub: "no-such-user" })}`,
      "The user does not exist.",
    ],
    ["a disabled user", async () => `Bearer ${await disabled(await admin())}`, "The user is disabled."],
    ["a revoked token", async () => `Bearer ${await revoked(await admin())}`, "The ID token has been revoked."],
  ])("for %s", async (_what, authorization, message) => {
    const { status, body } = await read(mine, await authorization());
    expect([status, body?.error]).toEqual([401, { code: "unauthenticated", message, details: [] }]);
  });

  test("for an admin's token on a POST: only the orchestrator writes", async () => {
    const { token } = await admin();
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const url = HOSTING + transactionsPath(mine);
    const { status } = await send(url, { method: "POST", headers, body: JSON.stringify(legacyExample) });
    expect(status).toBe(401);
  });
});

async function disabled({ uid, token }: User): Promise<string> {
  await authentication().updateUser(uid, { disabled: true });
  return token;
}

/** Revocation has a precision of seconds, like the tokens' times. */
async function revoked({ uid, token }: User): Promise<string> {
  await sleep(1_100);
  await authentication().revokeRefreshTokens(uid);
  return token;
}
