/** Headers such as `X-Team: noc`, one a line; without a value: null. Returns null if a line is not a header. */
export function headersIn(text: string): Readonly<Record<string, string | null>> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const pairs = lines.map((line) => /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line))
  return pairs.some((pair) => pair === null) ? null : Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1], pair[2] || null]])))
}

/** The headers of a request through a gate. Those of the request itself come first, but for cookies, which may come from both. */
export function headersThrough(
  gate: { readonly headers: Readonly<Record<string, string>> } | null | undefined,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (!gate) return own
  const headers = Object.fromEntries(Object.entries(gate.headers).map(([name, value]) => [name.toLowerCase(), value]))
  return { ...headers, ...own, ...(headers.cookie && own.cookie && { cookie: `${headers.cookie}; ${own.cookie}` }) }
}
