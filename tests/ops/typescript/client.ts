// A client whose types are made from openapi.json: what is wrong here against the description does not compile.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type ExecuteResponse = components["schemas"]["ExecuteResponse"];
type FieldErrors = components["schemas"]["FieldErrors"];

const url = process.argv[2] ?? "http://127.0.0.1:8000";
const zuko = createClient<paths>({ baseUrl: url });

async function run(code: string, timeout: number): Promise<ExecuteResponse> {
  const { data, error, response } = await zuko.POST("/api/v1/execute", {
    body: { language: "python", code, input_data: "", timeout },
  });
  // A string is a stream of events, for which this does not ask.
  if (data === undefined || typeof data === "string") {
    const refused = error as FieldErrors;
    throw new Error(`${response.status} ${refused.detail[0]?.msg}`);
  }
  return data;
}

const result = await run("print(6 * 7)", 3);
const status: "OK" | "RUNTIME_ERROR" | "TIMEOUT" | "COMPILE_ERROR" | "ERROR" = result.status;
const refusal = await run("print(1)", 99999).catch((error: Error) => error.message);
const languages = await zuko.GET("/api/v1/languages");
const judged = await zuko.POST("/api/v1/judge", {
  body: { language: "python", code: "print(input())", cases: [{ input: "1", output: "1" }] },
});
const stored = await zuko.POST("/api/v1/submissions", {
  body: { language: "python", code: "print(1)", labels: { team: "7" } },
  params: { header: { "Idempotency-Key": "one" } },
});
const read = await zuko.GET("/api/v1/submissions/{id}", {
  params: { path: { id: stored.data?.id ?? "" }, query: { wait: 50 } },
});
console.log(
  JSON.stringify({
    status,
    stdout: result.stdout,
    refusal,
    languages: languages.data?.languages.map((each) => each.name),
    verdict: typeof judged.data === "object" ? judged.data.verdict : judged.data,
    state: read.data?.state,
  }),
);
