// A baseline of the benchmarks, served by the same framework and as untyped as the legacy handler:
// oxlint-disable typescript/no-unsafe-argument typescript/no-unsafe-assignment
import { initializeApp } from "firebase-admin/app";
import { getFirestore } from "firebase-admin/firestore";
import { onRequest } from "firebase-functions/v2/https";

initializeApp();
const firestore = getFirestore();

/** The legacy handler, following its README: the same fields, set() without a check. */
export const naive = onRequest(async (request, response) => {
  const [, , franchiseeId = ""] = request.path.replace(/^\/api/, "").split("/");
  const data = new Map(Object.entries(request.body));
  const stripePaymentId = String(data.get("stripePaymentId"));
  const texts = ["name", "email", "phone", "workshopId", "workshopName", "workshopDate", "workshopTime"];
  const others = ["participantCount", "organizationType", "status"];
  const parts = ["amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"];
  await firestore.doc(`franchisees/${franchiseeId}/transactions/${stripePaymentId}`).set({
    stripePaymentId,
    amount_total: data.get("amount_total") ?? data.get("amount") ?? 0,
    ...Object.fromEntries(parts.map((name) => [name, data.get(name) ?? 0])),
    ...Object.fromEntries([...texts, ...others].map((name) => [name, data.get(name) ?? null])),
    createdAt: new Date(),
  });
  response.json({
    success: true,
    message: "Transaction recorded successfully",
    transactionId: stripePaymentId,
    franchiseeId,
  });
});
