// Parses commands with the Firebase CLI's own program, and runs none. Reads their arguments as JSON, [["login"], …],
// from standard input, and prints an error, or null, for each.
import { readFileSync } from "node:fs";
import firebase from "firebase-tools";
import { z } from "zod";

const { cli, getCommand } = firebase;
cli.exitOverride();

function errorIn([name = "", ...args]: readonly string[]): string | null {
  const command = getCommand(name);
  if (!command) return `unknown command ${name}`;
  // A page may name a command without its arguments.
  if (args.length === 0) return null;
  let tooMany = false;
  command.exitOverride().action((...values) => (tooMany = Array.isArray(values.at(-1))));
  try {
    cli.parse([name, ...args], { from: "user" });
  } catch (error) {
    return String(error);
  }
  return tooMany ? "too many arguments" : null;
}

const commands = z.array(z.array(z.string())).parse(JSON.parse(readFileSync(0, "utf8")));
console.log(JSON.stringify(commands.map(errorIn)));
