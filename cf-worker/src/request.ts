// The visitor's request, as the core reads it: the head, the facts that the platform vouches for, the body of a post.

/** Head and facts, as `wire::arrival` reads them after its random bytes. */
export function arrival(request: Request): string {
  const { headers } = request;
  let text = `${request.method}\n${request.url}\n${Date.now()}\n${headers.get("cf-connecting-ip") ?? ""}\n`;
  const dest = request.method === "GET" ? headers.get("sec-fetch-dest") : null;
  // Where the visitor is matters only for documents and events; `request.cf` is dear to read.
  text += dest === null || dest === "document" ? where(request.cf) : "\n\n";
  return text + fields(headers);
}

/** Fields, a line each. */
export function fields(headers: Headers): string {
  let text = "";
  for (const [name, value] of headers) text += `${name}: ${value}\n`;
  return text;
}

const named = new Map<string, string>();

function where(cf: CfProperties | undefined): string {
  if (!cf) return "\n\n";
  const place = cf as Partial<IncomingRequestCfProperties>;
  const { continent, country, regionCode, city, postalCode, latitude, longitude, timezone } = place;
  const name = country && nameOf(country);
  const words = [continent, country, name, regionCode, city, postalCode, latitude, longitude, timezone];
  return `${words.map((word) => word ?? "").join("\t")}\n${bot(place)}\n`;
}

/** The program that the platform takes it for. Scores below 30 are those of programs, and 0 is no score
 * (developers.cloudflare.com/bots/concepts/bot-score). */
function bot({ botManagement, verifiedBotCategory }: Partial<IncomingRequestCfProperties>): string {
  if (verifiedBotCategory) return String(verifiedBotCategory);
  const score = botManagement?.score ?? 0;
  return botManagement?.verifiedBot || (score > 0 && score < 30) ? "platform" : "";
}

/** The English name of a country, which the platform does not give. */
function nameOf(country: string): string {
  let name = named.get(country);
  if (name === undefined) {
    try {
      name = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" }).of(country) ?? "";
    } catch {
      name = "";
    }
    named.set(country, name);
  }
  return name;
}

/** The body, if it is no longer than `limit` bytes. */
export async function body(request: Request, limit: number): Promise<Uint8Array | "too large" | "broken"> {
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body as ReadableStream<Uint8Array>) {
      length += chunk.byteLength;
      if (length > limit) return "too large";
      chunks.push(chunk);
    }
  } catch {
    return "broken";
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
