// The functions of a deployment, as the Firebase CLI states them.
import { z } from "zod";

/** Null or missing where it is left to the platform. */
const number = z.number().nullish();
const invoker = z.array(z.string()).nullish();

const endpointSchema = z.object({
  id: z.string(),
  region: z.string(),
  runtime: z.string(),
  platform: z.literal("gcfv2"),
  availableMemoryMb: number,
  cpu: number,
  timeoutSeconds: number,
  concurrency: number,
  maxInstances: number,
  minInstances: number,
  serviceAccount: z.string(),
  secretEnvironmentVariables: z.array(z.object({ key: z.string() })).optional(),
  httpsTrigger: z.object({ invoker }).optional(),
  scheduleTrigger: z
    .object({ schedule: z.string(), timeZone: z.string(), retryConfig: z.record(z.string(), z.number().nullable()) })
    .optional(),
  taskQueueTrigger: z
    .object({
      invoker,
      rateLimits: z.record(z.string(), z.number().nullable()),
      retryConfig: z.record(z.string(), z.number().nullable()),
    })
    .optional(),
});

export type Endpoint = z.infer<typeof endpointSchema>;

export const backendSchema = z.object({
  requiredAPIs: z.array(z.object({ api: z.string() })),
  endpoints: z.record(z.string(), z.record(z.string(), endpointSchema)),
});

export type Backend = z.infer<typeof backendSchema>;

export function endpointsOf({ endpoints }: Backend): Endpoint[] {
  return Object.values(endpoints)
    .flatMap((inRegion) => Object.values(inRegion))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
