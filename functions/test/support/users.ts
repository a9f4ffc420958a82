import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { authentication } from "../../src/store/authentication.ts";

export interface User {
  uid: string;
  email: string;
  password: string;
  token: string;
}

/** Creates and signs in a user of the Auth emulator with these claims. */
export async function user(claims: object, properties: object = { emailVerified: true }): Promise<User> {
  const [email, password] = [`${randomBytes(8).toString("hex")}@example.com`, randomBytes(12).toString("hex")];
  const { uid } = await authentication().createUser({ email, password, ...properties });
  await authentication().setCustomUserClaims(uid, claims);
  const emulator = process.env["FIREBASE_AUTH_EMULATOR_HOST"] ?? ADDRESS.auth;
  const url = `http://${emulator}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=any`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password, returnSecureToken: true }),
  });
  return { uid, email, password, token: z.object({ idToken: z.string() }).parse(await response.json()).idToken };
}
