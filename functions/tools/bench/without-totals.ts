// The baseline without totals: `recordTransaction` for first records.
import { onRequest } from "firebase-functions/v2/https";
import { recordDefaults } from "../../src/config.ts";
import { decide } from "../../src/domain/decide.ts";
import { goldenRecordSchema } from "../../src/domain/golden-record.ts";
import { endpoint } from "../../src/http/router.ts";
import { readJson } from "../../src/http/validation.ts";
import { recordRoute } from "../../src/http/record-transaction.ts";
import { log } from "../../src/log.ts";
import { toFirestore } from "../../src/store/transaction-converter.ts";
import { commitOnce, operation } from "../../src/store/firestore.ts";
import { transactionsRef } from "../../src/store/refs.ts";

export const recordWithoutTotals = onRequest(
  endpoint({
    ...recordRoute,
    handle: async (request) => {
      const record = goldenRecordSchema.parse(readJson(request));
      const { franchiseeId = "" } = request.params;
      const { receivedAt: now } = request;
      const seen = { kind: "golden", record, sentAt: now } as const;
      const decision = decide(null, seen, { now, defaults: recordDefaults() });
      if (decision.outcome !== "created") throw new Error(decision.outcome);
      const reference = transactionsRef(franchiseeId).doc(record.stripePaymentId);
      const fields = toFirestore(decision.next);
      await operation(() => commitOnce((writes) => writes.create(reference, fields)));
      log.info("golden record", { franchiseeId, transactionId: record.stripePaymentId, outcome: decision.outcome });
      return { success: true, outcome: decision.outcome };
    },
  }),
);
