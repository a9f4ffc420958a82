import { showDeposit, showPayment, showRevenue, showSync, showWebhooks } from "./demo.ts";
import { createDemoUsers, describeDemoUsers } from "./demo-users.ts";
import { startEmulators } from "./emulators.ts";
import { startLocalStripe } from "../../testing/fake-stripe/control.ts";
import { CliError } from "../cli/cli-error.ts";
import { ADDRESS, PROJECT_ID } from "../cli/ports.ts";
import { isShuttingDown, stopServices, stopServicesOnSignals } from "./processes.ts";

export async function start(): Promise<void> {
  stopServicesOnSignals();
  const emulators = await startEmulators();
  const stripe = await startLocalStripe();
  try {
    await createDemoUsers();
    await showPayment();
    await showWebhooks();
    await showSync();
    await showDeposit();
    await showRevenue();
  } catch (error) {
    await Promise.all([stopServices(), stripe.close()]);
    throw error;
  }

  console.log(`
Ready. Project ${PROJECT_ID}; uses no real services, and keeps no data after it stops.

  The portal              http://${ADDRESS.hosting}/
${describeDemoUsers().replaceAll(/^/gm, " ".repeat(26))}
  API (through Hosting)   http://${ADDRESS.hosting}/api/franchisees/{acct_…}/transactions
  Health                  http://${ADDRESS.hosting}/health
  Functions               http://${ADDRESS.functions}/${PROJECT_ID}/us-central1/
  Firestore, Auth         ${ADDRESS.firestore}, ${ADDRESS.auth}
  Fake Stripe             ${ADDRESS.stripe}: npm run local -- pay --amount 12345, then
                          npm run local -- refund or dispute --payment pi_…
  Logs                    .local/emulators.log

Press Ctrl-C to stop.`);
  await emulators.ended;
  await stripe.close();
  if (!isShuttingDown()) throw new CliError("The Firebase emulators stopped. See the end of .local/emulators.log.");
}
