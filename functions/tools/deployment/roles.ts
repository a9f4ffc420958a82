// What the accounts of a deployment have to be let do. Roles of the project, unless they are said to be of something in it.

/**
 * Of the accounts that the functions run as: what each does in Firestore, Auth and Cloud Tasks, and no more. Beside these each reads
 * the secrets that are bound to it.
 */
export const FUNCTION_ROLES: Readonly<Record<string, readonly string[]>> = {
  recordTransaction: ["roles/datastore.user"],
  // Whether an ID token was revoked is looked up in Firebase Auth.
  listTransactions: ["roles/datastore.viewer", "roles/firebaseauth.viewer"],
  api: ["roles/datastore.user", "roles/firebaseauth.viewer"],
  health: [],
  stripeWebhook: ["roles/datastore.user"],
  syncStripe: ["roles/datastore.user", "roles/cloudtasks.enqueuer"],
  syncAccount: ["roles/datastore.user"],
  closeDays: ["roles/datastore.user"],
};

/** Functions that make tasks in the name of their own account, which takes leave to act as it. */
export const ACT_AS_THEMSELVES: readonly string[] = ["syncStripe"];

/** Of the account that deploys. It also has to be let act as every account that a function runs as, and as the one that builds. */
export const DEPLOYER_ROLES: readonly string[] = [
  "roles/firebase.developAdmin",
  "roles/firebaseextensions.viewer",
  "roles/cloudfunctions.admin",
  "roles/run.admin",
  "roles/cloudscheduler.admin",
  "roles/cloudtasks.queueAdmin",
  "roles/firebasehosting.admin",
  "roles/firebaserules.admin",
  "roles/datastore.indexAdmin",
  "roles/secretmanager.viewer",
  "roles/artifactregistry.reader",
  "roles/serviceusage.serviceUsageConsumer",
];
