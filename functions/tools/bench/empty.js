// A baseline of the benchmarks: the framework alone.
import { onRequest } from "firebase-functions/v2/https";

export const empty = onRequest((_request, response) => {
  response.json({ success: true });
});
