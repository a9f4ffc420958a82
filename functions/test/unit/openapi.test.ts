import { readFileSync } from "node:fs";
import { join } from "node:path";
import SwaggerParser from "@apidevtools/swagger-parser";
import { openApiDocument } from "../../tools/openapi/document.ts";

const file = join(__dirname, "../../../docs/openapi.json");

test("docs/openapi.json matches the schemas: npm run openapi", () => {
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});

test("it is an OpenAPI 3.1 document", async () => {
  const document = await SwaggerParser.validate(file);
  expect(document).toMatchObject({ openapi: "3.1.0" });
});
