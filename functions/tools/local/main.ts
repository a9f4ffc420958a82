import { main } from "../cli/program.ts";
import { localProgram } from "./cli.ts";

await main(localProgram());
