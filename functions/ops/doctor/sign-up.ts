import { z } from "zod";
import { type Check, type Finding, googleOf } from "./check.ts";

const configSchema = z.object({
  client: z
    .object({ permissions: z.object({ disabledUserSignup: z.boolean().default(false) }).prefault({}) })
    .prefault({}),
  signIn: z.object({ allowDuplicateEmails: z.boolean().default(false) }).prefault({}),
});

/** Nobody gets an account except by a grant. */
export const signUp: Check = {
  title: "sign-up",
  run: async (project) => {
    const google = googleOf(project, "the Auth emulator has no such settings.");
    const answer = await google("identity", { path: `projects/${project.id}/config` });
    if (answer === null) {
      const remedy = "Choose the ways to sign in: Firebase console, Authentication (docs/deployment.md).";
      return { findings: [{ problem: "Firebase Auth is not set up.", remedy }] };
    }
    const { client, signIn } = configSchema.parse(answer);
    const findings: Finding[] = [];
    if (!client.permissions.disabledUserSignup) {
      findings.push({
        problem: "Anybody can sign up for an account, also with an address that is not theirs.",
        remedy: `Switch it off: Firebase console, Authentication, Settings, User actions; or npm run --silent deployment -- --set-up ${project.target} | bash`,
      });
    }
    if (signIn.allowDuplicateEmails) {
      findings.push({
        problem:
          "Several accounts may have the same email address: signing in with Google opens another one than the one with access.",
        remedy:
          "Choose one account for each address: Firebase console, Authentication, Settings, User account linking.",
      });
    }
    return { findings };
  },
};
