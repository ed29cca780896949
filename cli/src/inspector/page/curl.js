// A request as a command that can be run. Where a secret belongs, the shell's variable of its name stands.

/** Text for a POSIX shell: quoted, but for the variables that are secrets' names. */
function quoted(text, secrets) {
  const names = secrets.map((name) => `\\$${name}\\b`).join("|");
  const pieces = names ? text.split(new RegExp(`(${names})`)) : [text];
  return pieces
    .filter((piece) => piece !== "")
    .map((piece, index) => (names && new RegExp(`^(${names})$`).test(piece) ? `"${piece}"` : `'${piece.replaceAll("'", `'\\''`)}'`))
    .join("") || "''";
}

/** The command. */
export function curl({ method, url, headers = [], body = "" }, secrets = []) {
  const lines = [`curl -i -X ${method} ${quoted(url, secrets)}`];
  for (const [name, value] of headers) {
    const credentials = /^Basic base64\((.*)\)$/.exec(value)?.[1];
    if (credentials && name.toLowerCase() === "authorization") {
      const [user, ...rest] = credentials.split(":");
      lines.push(`-u ${quoted(`${user}:${rest.join(":")}`, secrets)}`);
    } else lines.push(`-H ${quoted(`${name}: ${value}`, secrets)}`);
  }
  if (body !== "") lines.push(`--data-binary ${quoted(body, secrets)}`);
  return lines.join(" \\\n  ");
}
