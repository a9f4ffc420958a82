// Imported before anything else, it puts a test file's data in a project of its own: what it syncs as the platform finds
// no franchisee and no state of another file.
import { randomBytes } from "node:crypto";

process.env["FIRESTORE_PROJECT_ID"] = `demo-${randomBytes(6).toString("hex")}`;
