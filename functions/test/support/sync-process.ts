// A process that syncs one scope with the Stripe at this address, for a test to kill.
import { recordDefaults } from "../../src/config.ts";
import { syncStore } from "../../src/store/sync-store.ts";
import { syncScope } from "../../src/jobs/sync/sync.ts";
import { connect } from "../../src/stripe/client.ts";
import { UNLIMITED } from "../../src/stripe/request-rate.ts";

const [scope = "", base = ""] = process.argv.slice(2);
const connection = connect({ key: "sk_test_local", base: new URL(base), rate: UNLIMITED });
await syncScope(scope, { store: syncStore, connection, defaults: recordDefaults() }, { owner: "process" });
