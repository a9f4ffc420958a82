import { onRequest } from "firebase-functions/v2/https";
import { httpsOptions, orchestratorSigningSecret } from "./config.ts";
import { endpoint } from "./http/endpoint.ts";
import { healthRoute } from "./http/health.ts";
import { listRoute } from "./http/list.ts";
import { recordRoute } from "./http/record.ts";
import { verifyRoute } from "./http/verify.ts";

const signedOptions = { ...httpsOptions, secrets: [orchestratorSigningSecret] };

export const recordTransaction = onRequest(signedOptions, endpoint(recordRoute));
export const listTransactions = onRequest(signedOptions, endpoint(listRoute));
export const api = onRequest(signedOptions, endpoint(recordRoute, listRoute, verifyRoute));
export const health = onRequest(httpsOptions, endpoint(healthRoute));
