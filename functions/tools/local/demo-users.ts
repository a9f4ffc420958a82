import { DEMO_FRANCHISEES, DEMO_LOGINS } from "../../../portal/src/demo-logins.ts";
import { CliError } from "../cli/cli-error.ts";
import { controlLocalStripe } from "../../testing/fake-stripe/control.ts";
import { ADDRESS, PROJECT_ID } from "../cli/ports.ts";

/** Creates the demo logins and claims in the Auth emulator, and connects their franchisees. */
export async function createDemoUsers(): Promise<void> {
  for (const franchisee of DEMO_FRANCHISEES) await controlLocalStripe("connect", franchisee);
  for (const { label, email, password, claims } of DEMO_LOGINS) {
    const url = `http://${ADDRESS.auth}/identitytoolkit.googleapis.com/v1/projects/${PROJECT_ID}/accounts`;
    const user = { email, password, displayName: label, emailVerified: true, localId: email.split("@")[0] };
    await post(url, user);
    const isGranted = Object.keys(claims).length > 0;
    await post(`${url}:update`, {
      localId: user.localId,
      customAttributes: JSON.stringify(isGranted ? { ...claims, grantedTo: email } : claims),
    });
  }
}

export function describeDemoUsers(): string {
  return DEMO_LOGINS.map(({ label, email, password }) => `${label.padEnd(16)} ${email} / ${password}`).join("\n");
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { Authorization: "Bearer owner", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new CliError(`The Auth emulator responded ${response.status}: ${await response.text()}`);
}
