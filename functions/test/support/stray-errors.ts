// A function whose requests leave errors behind that nothing handles.
import { setTimeout as sleep } from "node:timers/promises";
import { onRequest } from "firebase-functions/v2/https";
import { guardRequests } from "../../src/http/request-guard.ts";

export const stray = onRequest(async ({ url }, response) => {
  if (url === "/timer") setTimeout(() => fail("thrown in a timer"), 1);
  // oxlint-disable-next-line typescript/no-floating-promises -- The subject of the test.
  if (url === "/promise") Promise.reject(new Error("rejected and not awaited"));
  await sleep(url === "/slow" ? 1_500 : 100);
  response.end(url);
});

function fail(message: string): never {
  throw new Error(message);
}

guardRequests(stray);
