// Does not compile: the description knows neither this field nor this status.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const zuko = createClient<paths>({ baseUrl: "" });
const { data } = await zuko.POST("/api/v1/execute", { body: { language: "python", source: "print(1)" } });
const status: "GOOD" | undefined = typeof data === "object" ? data.status : undefined;
console.log(status);
