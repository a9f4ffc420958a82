/** Requests that anyone with a browser can send to Firebase Auth, over REST as Firebase's client does. */
import { z } from "zod";
import { ADDRESS, PROJECT_ID } from "../../tools/cli/ports.ts";
import { HOSTING, send, transactionsPath } from "./api.ts";

const tokensSchema = z.object({ idToken: z.string(), refreshToken: z.string() });
export type Tokens = z.infer<typeof tokensSchema>;

async function post(url: string, body: object): Promise<unknown> {
  const headers = { "Content-Type": "application/json" };
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

const account = (method: string, body: object): Promise<unknown> =>
  post(`http://${ADDRESS.auth}/identitytoolkit.googleapis.com/v1/accounts:${method}?key=any`, {
    returnSecureToken: true,
    ...body,
  });

/** Calls a method of Firebase Auth. Throws unless it returns tokens. */
const signedIn = async (method: string, body: object): Promise<Tokens> =>
  tokensSchema.parse(await account(method, body));

/** Calls a method of Firebase Auth. Returns its tokens or null. */
const attempt = async (method: string, body: object): Promise<Tokens | null> =>
  tokensSchema.safeParse(await account(method, body)).data ?? null;

export const signUp = (body: object = {}): Promise<Tokens> => signedIn("signUp", body);

export const byPassword = (email: string, password: string): Promise<Tokens | null> =>
  attempt("signInWithPassword", { email, password });

/** Signs in with an identity of this provider; with an ID token, links it to that account. */
export const byProvider = (providerId: string, identity: object, idToken?: string): Promise<Tokens | null> =>
  attempt("signInWithIdp", {
    postBody: `providerId=${providerId}&id_token=${encodeURIComponent(JSON.stringify(identity))}`,
    requestUri: HOSTING,
    ...(idToken !== undefined && { idToken }),
  });

export const byGoogle = (email: string): Promise<Tokens | null> =>
  byProvider("google.com", { sub: `google-${email}`, email, email_verified: true });

/** The last text message to this number. */
async function messageTo(phoneNumber: string): Promise<object> {
  const url = `http://${ADDRESS.auth}/emulator/v1/projects/${PROJECT_ID}/verificationCodes`;
  const { verificationCodes } = z
    .object({
      verificationCodes: z.array(z.object({ phoneNumber: z.string(), sessionInfo: z.string(), code: z.string() })),
    })
    .parse(await (await fetch(url)).json());
  const sent = verificationCodes.findLast((one) => one.phoneNumber === phoneNumber);
  return { sessionInfo: sent?.sessionInfo, code: sent?.code };
}

/** Signs in with a phone; with an ID token, links it to that account. */
export async function byPhone(phoneNumber: string, idToken?: string): Promise<Tokens | null> {
  await account("sendVerificationCode", { phoneNumber });
  return attempt("signInWithPhoneNumber", {
    ...(await messageTo(phoneNumber)),
    ...(idToken !== undefined && { idToken }),
  });
}

/** Adds a phone as the second factor of an account. */
export async function enrollPhone(phoneNumber: string, idToken: string): Promise<Tokens> {
  const mfa = `http://${ADDRESS.auth}/identitytoolkit.googleapis.com/v2/accounts/mfaEnrollment`;
  await post(`${mfa}:start?key=any`, { idToken, phoneEnrollmentInfo: { phoneNumber } });
  const phoneVerificationInfo = await messageTo(phoneNumber);
  return tokensSchema.parse(await post(`${mfa}:finalize?key=any`, { idToken, phoneVerificationInfo }));
}

/** Exchanges a refresh token for new tokens, or null. */
export async function refreshTokens(refreshToken: string): Promise<Tokens | null> {
  const url = `http://${ADDRESS.auth}/securetoken.googleapis.com/v1/token?key=any`;
  const answer = await post(url, { grantType: "refresh_token", refreshToken });
  const { data } = z.object({ id_token: z.string(), refresh_token: z.string() }).safeParse(answer);
  return data ? { idToken: data.id_token, refreshToken: data.refresh_token } : null;
}

/** Makes Firebase Auth send an email, and returns the link in it. */
export async function requestEmailLink(
  requestType: "VERIFY_EMAIL" | "EMAIL_SIGNIN" | "PASSWORD_RESET" | "VERIFY_AND_CHANGE_EMAIL",
  to: string,
  body: object = {},
): Promise<URL> {
  await account("sendOobCode", { requestType, email: to, ...body });
  return sentLink(requestType, to);
}

/** The link in the last email of this type to an address. */
export async function sentLink(requestType: string, to: string): Promise<URL> {
  const sentSchema = z.object({
    requestType: z.string(),
    email: z.string(),
    newEmail: z.string().optional(),
    oobLink: z.string(),
  });
  const answer = await fetch(`http://${ADDRESS.auth}/emulator/v1/projects/${PROJECT_ID}/oobCodes`);
  const { oobCodes } = z.object({ oobCodes: z.array(sentSchema) }).parse(await answer.json());
  const sent = oobCodes.findLast(
    (one) => one.requestType === requestType && (one.newEmail ?? one.email) === to.toLowerCase(),
  );
  return new URL(sent?.oobLink ?? "");
}

/** Opens the link of an email; a link that resets the password sets this one. */
export async function openLink(link: URL, newPassword?: string): Promise<number> {
  const url = new URL(link);
  if (newPassword !== undefined) url.searchParams.set("newPassword", newPassword);
  return (await fetch(url, { redirect: "manual" })).status;
}

/** Signs in by a link that the portal requested for this address. */
export async function byEmailLink(email: string): Promise<Tokens | null> {
  const oobCode = (await requestEmailLink("EMAIL_SIGNIN", email, { continueUrl: HOSTING })).searchParams.get("oobCode");
  return attempt("signInWithEmailLink", { email, oobCode });
}

/** Changes one's own account, such as its address. */
export const changeAccount = (idToken: string, change: object): Promise<unknown> =>
  account("update", { idToken, ...change });

/** Whether these tokens can read a franchisee's payments, through the API and under the rules. */
export async function reads(franchiseeId: string, paymentId: string, tokens: Tokens | null) {
  if (!tokens) return { api: false, rules: false };
  const headers = { Authorization: `Bearer ${tokens.idToken}` };
  const firestore = process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore;
  const document = `projects/${PROJECT_ID}/databases/(default)/documents/franchisees/${franchiseeId}/transactions/${paymentId}`;
  const [api, rules] = await Promise.all([
    send(HOSTING + transactionsPath(franchiseeId), { headers }),
    fetch(`http://${firestore}/v1/${document}`, { headers }),
  ]);
  for (const { status } of [api, rules]) expect([200, 401, 403]).toContain(status);
  return { api: api.status === 200, rules: rules.status === 200 };
}
