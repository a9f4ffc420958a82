import { CliError } from "../tools/cli/cli-error.ts";
import { examples } from "../tools/cli/program.ts";
import { printable, printJson, table } from "../tools/cli/terminal.ts";
import {
  forEachName,
  FRANCHISEES_ARGUMENT,
  JSON_OPTION,
  knownFranchisees,
  type Ops,
  STRIPE_KEY_HELP,
  stripeConnection,
} from "./command.ts";
import { type BalanceAudit, verifyBalance } from "./verify-balance.ts";

export function addBalance(ops: Ops): void {
  ops
    .command("balance")
    .description("Stripe's balances of the franchisees, and the movements on them.")
    .command("verify")
    .description(
      "Compare every stored movement with Stripe's, and their sum with Stripe's balance, in minor units. Writes nothing.",
    )
    .argument(...FRANCHISEES_ARGUMENT)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- balance verify acct_1SPg6y2LSUVFKuLN --local"))
    .addHelpText("after", `\n${STRIPE_KEY_HELP}`)
    .action((accounts = [], { json }) => verify(accounts, json === true));
}

async function verify(accounts: readonly string[], isJson: boolean): Promise<void> {
  const connection = stripeConnection();
  const franchisees = await knownFranchisees(accounts);
  const audits: BalanceAudit[] = [];
  const failures = await forEachName(franchisees, "{value} movements", async (franchiseeId, bar) => {
    const audit = await verifyBalance(connection, franchiseeId, (movements) => bar.update(movements));
    audits.push(audit);
    return audit.findings.map((finding) => `${franchiseeId}: ${finding}`);
  });
  if (isJson) printJson(audits);
  else {
    const rows = audits.flatMap(({ franchiseeId, movements, currencies }) =>
      Object.entries(currencies).map(([currency, { recorded, available, pending, difference }]) =>
        [franchiseeId, currency, movements, recorded, available + pending, difference].map(String),
      ),
    );
    console.log(table([["account", "currency", "movements", "recorded", "Stripe", "difference"], ...rows]));
    for (const { franchiseeId, notes } of audits) {
      for (const note of notes) console.log(printable(`${franchiseeId}: ${note}`));
    }
    console.log(`${audits.length} of ${franchisees.length} franchisees compared.`);
  }
  if (failures.length > 0) throw CliError.of(failures);
}
