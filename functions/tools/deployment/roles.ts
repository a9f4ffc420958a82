// Roles in the project, unless stated otherwise.

/** The roles of each function. Each can also read its bound secrets. */
export const FUNCTION_ROLES: Readonly<Record<string, readonly string[]>> = {
  recordTransaction: ["roles/datastore.user"],
  // Looks up revoked ID tokens in Firebase Auth.
  listTransactions: ["roles/datastore.viewer", "roles/firebaseauth.viewer"],
  api: ["roles/datastore.user", "roles/firebaseauth.viewer"],
  health: [],
  stripeWebhook: ["roles/datastore.user", "roles/cloudtasks.enqueuer"],
  processEvents: ["roles/datastore.user"],
  syncStripe: ["roles/datastore.user", "roles/cloudtasks.enqueuer"],
  syncAccount: ["roles/datastore.user"],
  closeDays: ["roles/datastore.user"],
  // Looks up who is head office in Firebase Auth.
  mailExceptions: ["roles/datastore.user", "roles/firebaseauth.viewer"],
};

/** Functions that enqueue tasks that run as their own account. */
export const ACT_AS_THEMSELVES: readonly string[] = ["stripeWebhook", "syncStripe"];

/** The deployer also acts as every function's account and as the builder. */
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
