// What of the Firebase CLI's own modules a rehearsal calls; it publishes no types.
declare module "firebase-tools/lib/deploy/functions/prepareFunctionsUpload.js" {
  /** Packs a folder as it is uploaded, and says where the archive is. */
  export function prepareFunctionsUpload(
    folder: string,
    config: { ignore: string[] },
  ): Promise<{ pathToSource: string }>;
}

declare module "firebase-tools/lib/deploy/functions/runtimes/discovery/index.js" {
  /** Reads what the SDK says of the functions in a folder. Throws where this CLI does not understand it. */
  export function yamlToBuild(manifest: unknown, project: string, region: string, runtime: string): unknown;
}

declare module "firebase-tools/lib/deploy/functions/build.js" {
  /** Fills in params and expressions, as a deployment that may not ask anybody. Throws where a param has no value. */
  export function resolveBackend(options: {
    build: unknown;
    firebaseConfig: { projectId: string };
    userEnvs: NodeJS.Dict<string>;
    nonInteractive: true;
    isEmulator: true;
  }): Promise<{ backend: unknown }>;
}
