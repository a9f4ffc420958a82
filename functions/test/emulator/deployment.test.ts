import { readDeployed } from "../../ops/deployed.ts";
import { describeDeployment } from "../../tools/deployment/deployed.ts";
import { defaultProject, rehearse } from "../../tools/deployment/rehearsal.ts";
import { setUpCommands } from "../../tools/deployment/set-up.ts";

test("a deployment would contain what docs/deployed.json states: functions, triggers, options, accounts, roles, secrets, files", async () => {
  expect(describeDeployment(await rehearse(defaultProject()))).toEqual(readDeployed());
});

test("the setup of a project contains every account with its roles and secrets, and nothing else", () => {
  const commands = setUpCommands(readDeployed(), "some-project");
  for (const [name, { serviceAccount, roles, secrets }] of Object.entries(readDeployed().functions)) {
    const mine = commands.filter((command) => command.includes(`:${serviceAccount}@some-project.`));
    const granted = mine.flatMap(
      (command) => /projects add-iam-policy-binding .* --role (\S+)/.exec(command)?.[1] ?? [],
    );
    const read = mine.flatMap((command) => /secrets add-iam-policy-binding (\S+)/.exec(command)?.[1] ?? []);
    expect({ name, granted, read }).toEqual({ name, granted: roles, read: secrets });
  }
  // In the terms of Google's API: projects.updateConfig, GoogleCloudIdentitytoolkitAdminV2ClientPermissions.
  const signUp = commands.filter((command) => command.includes("identitytoolkit.googleapis.com/admin"));
  expect(signUp).toEqual([
    expect.stringContaining("/admin/v2/projects/some-project/config?updateMask=client.permissions.disabledUserSignup"),
  ]);
  expect(signUp.join()).toContain(`--request PATCH`);
  expect(signUp.join()).toContain(
    `--data '${JSON.stringify({ client: { permissions: { disabledUserSignup: true } } })}'`,
  );
  expect(commands.filter((command) => command.includes("secretAccessor"))).toHaveLength(
    Object.values(readDeployed().functions).flatMap(({ secrets }) => secrets).length,
  );
});
