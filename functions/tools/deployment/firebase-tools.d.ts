// The modules of the Firebase CLI that a rehearsal calls; it publishes no types.
declare module "firebase-tools/lib/deploy/functions/prepareFunctionsUpload.js" {
  /** Packs a folder as it is uploaded. Returns the archive's path. */
  export function prepareFunctionsUpload(
    folder: string,
    config: { ignore: string[] },
  ): Promise<{ pathToSource: string }>;
}

declare module "firebase-tools/lib/deploy/functions/runtimes/discovery/index.js" {
  /** Reads the SDK's description of the functions. Throws where this CLI does not understand it. */
  export function yamlToBuild(manifest: unknown, project: string, region: string, runtime: string): unknown;
}

declare module "firebase-tools/lib/deploy/functions/build.js" {
  /** Fills in params and expressions without a prompt. Throws where a param has no value. */
  export function resolveBackend(options: {
    build: unknown;
    firebaseConfig: { projectId: string };
    userEnvs: NodeJS.Dict<string>;
    nonInteractive: true;
    isEmulator: true;
  }): Promise<{ backend: unknown }>;
}
