import { randomUUID } from "node:crypto";
import { CliError } from "../tools/cli/cli-error.ts";
import { examples, franchiseeId } from "../tools/cli/program.ts";
import { printable, printJson, table } from "../tools/cli/terminal.ts";
import { scanMovementsAgain } from "../src/store/sync-state.ts";
import {
  forEachName,
  FRANCHISEES_ARGUMENT,
  JSON_OPTION,
  knownFranchisees,
  type Ops,
  STRIPE_KEY_HELP,
  stripeConnection,
  withCliErrors,
} from "./command.ts";
import { type BalanceAudit, verifyBalance } from "./verify-balance.ts";

export function addBalance(ops: Ops): void {
  const balance = ops
    .command("balance")
    .description("Stripe's balances of the franchisees, and the movements on them.");
  balance
    .command("rescan")
    .description("Let the next sync list all payouts and movements again: it restores whatever differs from Stripe.")
    .argument("<acct_…>", "The franchisee.", franchiseeId)
    .addHelpText("after", examples("npm run ops -- balance rescan acct_1SPg6y2LSUVFKuLN --local"))
    .action((account) =>
      withCliErrors(async () => {
        const [known] = await knownFranchisees([account]);
        if (known === undefined || !(await scanMovementsAgain(known, `operator ${randomUUID()}`, new Date()))) {
          throw new CliError("A sync is running. Rerun the command when it has ended.");
        }
        console.log("The next sync lists all payouts and movements (npm run ops -- sync --account runs it now).");
      }),
    );
  balance
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
  const failures = await forEachName(franchisees, "{value} movements", async (account, bar) => {
    const audit = await verifyBalance(connection, account, (movements) => bar.update(movements));
    audits.push(audit);
    return audit.findings.map((finding) => `${account}: ${finding}`);
  });
  if (isJson) printJson(audits);
  else {
    const rows = audits.flatMap(({ franchiseeId: account, movements, currencies }) =>
      Object.entries(currencies).map(([currency, { recorded, available, pending, difference }]) =>
        [account, currency, movements, recorded, available + pending, difference].map(String),
      ),
    );
    console.log(table([["account", "currency", "movements", "recorded", "Stripe", "difference"], ...rows]));
    for (const { franchiseeId: account, notes } of audits) {
      for (const note of notes) console.log(printable(`${account}: ${note}`));
    }
    console.log(`${audits.length} of ${franchisees.length} franchisees compared.`);
  }
  if (failures.length > 0) throw CliError.of(failures);
}
