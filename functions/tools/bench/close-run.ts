// Closes the past days of a franchisee, until a day, in a process of its own. Prints how many.
import { closeFranchisee } from "../../src/jobs/close/daily-close.ts";

const [, , franchiseeId = "", until = ""] = process.argv;
process.env["LOG_LEVEL"] = "ERROR";
console.log(await closeFranchisee(franchiseeId, { until }));
