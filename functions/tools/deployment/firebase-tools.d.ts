// Modules of the Firebase CLI, which publishes no types.
declare module "firebase-tools/lib/deploy/functions/prepareFunctionsUpload.js" {
  /** Packs a folder for upload. Returns the path of the archive. */
  export function prepareFunctionsUpload(
    folder: string,
    config: { ignore: string[] },
  ): Promise<{ pathToSource: string }>;
}

declare module "firebase-tools/lib/deploy/functions/runtimes/supported/types.js" {
  /** Google's runtimes by name, with their dates (2027-04-30). */
  export const RUNTIMES: Readonly<Record<string, { deprecationDate: string; decommissionDate: string } | undefined>>;
}

declare module "firebase-tools/lib/deploy/functions/runtimes/discovery/index.js" {
  /** Parses the SDK's manifest of the functions. Throws if this CLI does not support it. */
  export function yamlToBuild(manifest: unknown, project: string, region: string, runtime: string): unknown;
}

declare module "firebase-tools/lib/deploy/functions/build.js" {
  /** Resolves params and expressions. Throws if a param has no value. */
  export function resolveBackend(options: {
    build: unknown;
    firebaseConfig: { projectId: string };
    userEnvs: NodeJS.Dict<string>;
    nonInteractive: true;
    isEmulator: true;
  }): Promise<{ backend: unknown }>;
}

declare module "firebase-tools" {
  /** Of commander 5. */
  interface FirebaseCommand {
    exitOverride(): FirebaseCommand;
    /** The callback receives the arguments, the command, and an array of the arguments that are too many, if any. */
    action(callback: (...values: unknown[]) => void): FirebaseCommand;
  }
  const firebase: {
    cli: {
      exitOverride(): void;
      parse(args: readonly string[], options: { from: "user" }): void;
    };
    getCommand: (name: string) => FirebaseCommand | undefined;
  };
  export default firebase;
}
