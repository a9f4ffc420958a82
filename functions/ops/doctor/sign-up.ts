import { z } from "zod";
import { type Check, type Finding, googleOf } from "./check.ts";

const configSchema = z.object({
  client: z
    .object({ permissions: z.object({ disabledUserSignup: z.boolean().default(false) }).prefault({}) })
    .prefault({}),
  signIn: z.object({ allowDuplicateEmails: z.boolean().default(false) }).prefault({}),
});

/** Only grants create accounts. */
export const signUp: Check = {
  title: "sign-up",
  run: async (project) => {
    const google = googleOf(project, "the Auth emulator has no sign-up settings.");
    const response = await google("identity", { path: `projects/${project.id}/config` });
    if (response === null) {
      const remedy = "Enable sign-in methods: Firebase console, Authentication (docs/deployment.md).";
      return { findings: [{ problem: "Firebase Auth is not set up.", remedy }] };
    }
    const { client, signIn } = configSchema.parse(response);
    const findings: Finding[] = [];
    if (!client.permissions.disabledUserSignup) {
      findings.push({
        problem: "Anyone can sign up, even with someone else's address.",
        remedy: `Disable sign-up: Firebase console, Authentication, Settings, User actions; or npm run --silent deployment -- --set-up ${project.target} | bash`,
      });
    }
    if (signIn.allowDuplicateEmails) {
      findings.push({
        problem:
          "Several accounts can have the same email address: signing in with Google may open one without access.",
        remedy: "Allow one account per address: Firebase console, Authentication, Settings, User account linking.",
      });
    }
    return { findings };
  },
};
