// Roles in the project, unless stated otherwise.

/** What each function does in Firestore, Auth and Cloud Tasks. Each also reads the secrets that are bound to it. */
export const FUNCTION_ROLES: Readonly<Record<string, readonly string[]>> = {
  recordTransaction: ["roles/datastore.user"],
  // Revoked ID tokens are looked up in Firebase Auth.
  listTransactions: ["roles/datastore.viewer", "roles/firebaseauth.viewer"],
  api: ["roles/datastore.user", "roles/firebaseauth.viewer"],
  health: [],
  stripeWebhook: ["roles/datastore.user"],
  syncStripe: ["roles/datastore.user", "roles/cloudtasks.enqueuer"],
  syncAccount: ["roles/datastore.user"],
  closeDays: ["roles/datastore.user"],
};

/** They enqueue tasks that run as their own account, so they must act as it. */
export const ACT_AS_THEMSELVES: readonly string[] = ["syncStripe"];

/** The account that deploys also acts as every function's account, and as the one that builds. */
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
