import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "../cli/cli-error.ts";
import { ADDRESS } from "../cli/ports.ts";
import { ensureLocalSecrets, signedHeaders } from "../cli/signing.ts";

export function printSignedRequest(method: "GET" | "POST", path: string, file: string | undefined): void {
  if (!path.startsWith("/api/")) throw new CliError("The path must start with /api/.");
  // npm runs scripts in the root; the file is relative to the caller's folder.
  const body = file === undefined ? "" : readBody(resolve(process.env["INIT_CWD"] ?? ".", file));
  ensureLocalSecrets();
  const url = new URL(`http://${ADDRESS.hosting}${path}`);
  // Form encoding, like Hosting's emulator.
  url.search = new URLSearchParams(url.search).toString();
  const headers = Object.entries(signedHeaders(method, url.href, body)).map(
    ([name, value]) => `-H '${name}: ${value}'`,
  );
  const data = file === undefined ? [] : ["-H 'Content-Type: application/json'", `--data-binary ${quote(`@${file}`)}`];
  console.log([`curl -X ${method} ${quote(url.href)}`, ...headers, ...data].join(" \\\n  "));
}

function readBody(file: string): string {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new CliError(`The file ${file} does not exist.`);
  return readFileSync(file, "utf8");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
