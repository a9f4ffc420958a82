import { z } from "zod";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../../src/domain/payment.ts";
import { goldenRecordSchema } from "../../src/domain/golden-record.ts";
import { HTTP_STATUS } from "../../src/errors.ts";
import { franchiseesQuerySchema } from "../../src/http/franchisees.ts";
import { listQuerySchema } from "../../src/http/list-transactions.ts";
import { resolutionSchema } from "../../src/http/resolve-exception.ts";
import { monthSchema, revenueQuerySchema } from "../../src/http/revenue.ts";
import { workshopsQuerySchema } from "../../src/http/workshops.ts";
import {
  errorAnswerSchema,
  healthAnswerSchema,
  listAnswerSchema,
  recordAnswerSchema,
  resolutionAnswerSchema,
  revisionsAnswerSchema,
  verifyAnswerSchema,
  verifyRefusalSchema,
} from "./answers.ts";
import { franchiseesAnswerSchema, revenueAnswerSchema, workshopsAnswerSchema } from "./report-answers.ts";

/** The OpenAPI 3.1 document of the HTTP API, made from the schemas that check its requests and its answers. */
export function openApiDocument() {
  const transactions = { summary: "A franchisee's transactions", parameters: [franchiseeParameter()] };
  return {
    openapi: "3.1.0",
    info: {
      title: "Portal backend",
      version: "1.0.0",
      description: "Amounts are whole numbers in the currency's minor unit. Signing is described in docs/api.md.",
    },
    servers: [{ url: "http://127.0.0.1:5000", description: "the local world, through Hosting" }],
    paths: {
      "/api/franchisees/{franchiseeId}/transactions": {
        ...transactions,
        post: {
          operationId: "recordTransaction",
          summary: "Record the golden record of a payment",
          security: [SIGNED],
          requestBody: { required: true, content: json(goldenRecordSchema, "input") },
          responses: {
            200: answer("What became of it: see outcome", recordAnswerSchema),
            ...errors(400, 401, 409, 413, 415, 500, 503),
          },
        },
        get: {
          operationId: "listTransactions",
          summary: "List a franchisee's transactions, newest first; or export them all",
          security: [SIGNED, { idToken: [] }],
          parameters: queryParameters(listQuerySchema),
          responses: {
            200: {
              description: "One page; or, with a format, a file with a line for each transaction",
              content: { ...json(listAnswerSchema, "output"), "text/csv": FILE, "application/x-ndjson": FILE },
            },
            ...errors(400, 401, 403, 500, 503),
          },
        },
      },
      "/api/franchisees/{franchiseeId}/transactions/{stripePaymentId}/resolution": {
        parameters: [franchiseeParameter(), paymentParameter()],
        post: {
          operationId: "resolveException",
          summary: "Let a difference with Stripe stand, or no longer, and why; for head office",
          security: [{ idToken: [] }],
          requestBody: { required: true, content: json(resolutionSchema, "input") },
          responses: {
            200: answer("What became of it", resolutionAnswerSchema),
            ...errors(400, 401, 403, 409, 413, 415, 500, 503),
          },
        },
      },
      "/api/franchisees/{franchiseeId}/transactions/{stripePaymentId}/revisions": {
        parameters: [franchiseeParameter(), paymentParameter()],
        get: {
          operationId: "listRevisions",
          summary:
            "What a transaction said before each of its last hundred changes, and why it changed; for head office",
          security: [{ idToken: [] }],
          responses: {
            200: answer("The last change first", revisionsAnswerSchema),
            ...errors(400, 401, 403, 500, 503),
          },
        },
      },
      "/api/franchisees/{franchiseeId}/revenue": {
        parameters: [franchiseeParameter()],
        get: {
          operationId: "showRevenue",
          summary: "What a franchisee's payments come to, by month, day and workshop",
          security: [SIGNED, { idToken: [] }],
          parameters: queryParameters(revenueQuerySchema),
          responses: { 200: answer("Every month", revenueAnswerSchema), ...errors(400, 401, 403, 500, 503) },
        },
      },
      "/api/franchisees/{franchiseeId}/revenue/{month}/workshops": {
        parameters: [franchiseeParameter(), monthParameter()],
        get: {
          operationId: "listWorkshops",
          summary: "What a franchisee's payments of one month come to at each workshop, page by page",
          security: [SIGNED, { idToken: [] }],
          parameters: queryParameters(workshopsQuerySchema),
          responses: { 200: answer("One page", workshopsAnswerSchema), ...errors(400, 401, 403, 500, 503) },
        },
      },
      "/api/franchisees": {
        get: {
          operationId: "listFranchisees",
          summary: "Every franchisee's totals, reconciliation and exceptions; for head office and the orchestrator",
          security: [SIGNED, { idToken: [] }],
          parameters: queryParameters(franchiseesQuerySchema),
          responses: { 200: answer("One page", franchiseesAnswerSchema), ...errors(400, 401, 403, 500, 503) },
        },
      },
      "/api/verify": {
        post: {
          operationId: "verifySignature",
          summary: "What the server saw of a request, and whether its signature is right; writes nothing",
          security: [SIGNED],
          requestBody: { required: false, content: { "*/*": {} } },
          responses: {
            200: answer("The signature is right", verifyAnswerSchema),
            ...errors(400, 413, 415),
            401: answer("It is not, and what the server saw", verifyRefusalSchema),
          },
        },
      },
      "/health": {
        get: {
          operationId: "health",
          summary: "Whether the service answers",
          security: [],
          responses: { 200: answer("It does", healthAnswerSchema) },
        },
      },
    },
    components: {
      schemas: { Error: schemaOf(errorAnswerSchema, "output") },
      securitySchemes: {
        webhookId: { type: "apiKey", in: "header", name: "webhook-id" },
        webhookTimestamp: { type: "apiKey", in: "header", name: "webhook-timestamp" },
        webhookSignature: { type: "apiKey", in: "header", name: "webhook-signature" },
        idToken: { type: "http", scheme: "bearer", bearerFormat: "Firebase Auth ID token" },
      },
    },
  };
}

const FILE = { schema: { type: "string" } };

/** All three headers together. */
const SIGNED = { webhookId: [], webhookTimestamp: [], webhookSignature: [] };

function schemaOf(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function json(schema: z.ZodType, io: "input" | "output") {
  return { "application/json": { schema: schemaOf(schema, io) } };
}

function answer(description: string, schema: z.ZodType) {
  return { description, content: json(schema, "output") };
}

function errors(...statuses: (typeof HTTP_STATUS)[keyof typeof HTTP_STATUS][]) {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };
  const named = Object.entries(HTTP_STATUS).filter(([, status]) => statuses.includes(status));
  return Object.fromEntries(named.map(([code, status]) => [status, { description: code, content }]));
}

function franchiseeParameter() {
  return { name: "franchiseeId", in: "path", required: true, schema: schemaOf(franchiseeIdSchema, "input") };
}

function paymentParameter() {
  return { name: "stripePaymentId", in: "path", required: true, schema: schemaOf(paymentIntentIdSchema, "input") };
}

function monthParameter() {
  return { name: "month", in: "path", required: true, schema: schemaOf(monthSchema, "input") };
}

function queryParameters(query: z.ZodType) {
  const { properties = {} } = schemaOf(query, "input");
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: false, schema }));
}
