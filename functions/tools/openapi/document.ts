import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { HTTP_STATUS } from "../../src/errors.ts";
import type { Access } from "../../src/http/auth.ts";
import { errorSchema, type Operation, type Route } from "../../src/http/router.ts";
import { apiRoutes, healthRoute } from "../../src/http/routes.ts";

/** The OpenAPI 3.1 document of the HTTP API, generated from its routes and schemas. */
export function openApiDocument() {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of [...apiRoutes, healthRoute]) {
    if (!route.operation) continue;
    const [path] = route.paths;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route, route.operation) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Portal backend",
      version: "1.0.0",
      description: "Amounts are whole numbers in the currency's minor unit. Signing is described in docs/api.md.",
    },
    servers: [{ url: "http://127.0.0.1:5000", description: "the local environment, through Hosting" }],
    paths,
    components: {
      securitySchemes: {
        webhookId: { type: "apiKey", in: "header", name: "webhook-id" },
        webhookTimestamp: { type: "apiKey", in: "header", name: "webhook-timestamp" },
        webhookSignature: { type: "apiKey", in: "header", name: "webhook-signature" },
        idToken: { type: "http", scheme: "bearer", bearerFormat: "Firebase Auth ID token" },
      },
    },
  });
}

/** All three headers are required. */
const SIGNED = { webhookId: [], webhookTimestamp: [], webhookSignature: [] };
const ID_TOKEN = { idToken: [] };

const SECURITY: Readonly<Partial<Record<Access, Record<string, string[]>[]>>> = {
  anyone: [],
  orchestrator: [SIGNED],
  "migrating-orchestrator": [SIGNED],
  reader: [SIGNED, ID_TOKEN],
  admin: [ID_TOKEN],
};

function describeOperation({ access }: Route, operation: Operation): ZodOpenApiOperationObject {
  const { operationId, summary, description, input, response, rejection, files = [], errors } = operation;
  const { query, body, ...path }: Readonly<Record<string, z.ZodType>> = input?.shape ?? {};
  const named = Object.entries(HTTP_STATUS).filter(([, status]) => errors.includes(status));
  return {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    security: SECURITY[access] ?? [],
    requestParams: {
      ...(Object.keys(path).length > 0 && { path: z.object(path) }),
      ...(query instanceof z.ZodObject && { query }),
    },
    ...(body && { requestBody: describeBody(body) }),
    responses: {
      ...Object.fromEntries(named.map(([code, status]) => [status, json([code, errorSchema])])),
      200: {
        description: response[0],
        content: { ...json(response).content, ...Object.fromEntries(files.map((type) => [type, TEXT])) },
      },
      ...(rejection && { 401: json(rejection) }),
    },
  };
}

const TEXT = { schema: { type: "string" } } as const;

function json([description, schema]: Operation["response"]) {
  return { description, content: { "application/json": { schema } } };
}

function describeBody(schema: z.core.$ZodType) {
  if (schema instanceof z.ZodUnknown) return { required: false, content: { "*/*": {} } };
  return { required: true, content: { "application/json": { schema } } };
}
