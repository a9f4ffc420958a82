import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { type ServedFunction, serveFunction } from "../../tools/local/served-function.ts";
import { head, RawConnection } from "../support/raw-http.ts";

afterAll(stopServices);

const serve = () =>
  serveFunction("stray", ADDRESS.firestore, { source: join(__dirname, "../support/stray-errors.ts") });

const get = async ({ url }: ServedFunction, path: string): Promise<[number, string]> => {
  const response = await fetch(url + path);
  return [response.status, await response.text()];
};

test.each([
  ["a throw in a timer", "/timer", "thrown in a timer"],
  ["a rejected promise that nobody awaits", "/promise", "rejected and not awaited"],
])("after %s, requests in progress and new ones are answered before the process ends", async (_what, path, message) => {
  const service = await serve();
  const slow = get(service, "/slow");
  expect(await get(service, path)).toEqual([200, path]);
  expect(await get(service, "/later")).toEqual([200, "/later"]);
  expect(await slow).toEqual([200, "/slow"]);
  await service.ended;
  const log = readFileSync(service.logFile, "utf8");
  expect(log).toContain(`"severity":"ERROR"`);
  expect(log).toMatch(new RegExp(`Error: ${message}\\\\n +at .*stray-errors.ts`));
  expect(log).toContain(`"message":"unhandled error`);
});

test("a pipelined request whose connection is lost does not keep the process alive", async () => {
  const service = await serve();
  const connection = await RawConnection.open(service.url);
  await connection.send(head("GET", "/slow") + head("GET", "/slow"));
  const slow = get(service, "/slow");
  connection.end();
  await get(service, "/promise");
  expect(await slow).toEqual([200, "/slow"]);
  await service.ended;
});
