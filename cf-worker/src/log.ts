// The log: a JSON object a line, on the console, which is where Workers Logs and `wrangler tail` read.

/** Writes a line of the core's. */
export function line(line: string): void {
  console.log(line);
}

/** Writes what went wrong here. */
export function problem(what: string, problem: unknown): void {
  line(JSON.stringify({ selvedge: "problem", problem: `${what}: ${String(problem)}` }));
}
