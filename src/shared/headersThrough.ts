/** The headers of a request through a gate. Those of the request itself come first, but for cookies, which may come from both. */
export function headersThrough(
  gate: { readonly headers: Readonly<Record<string, string>> } | null | undefined,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (!gate) return own
  const headers = Object.fromEntries(Object.entries(gate.headers).map(([name, value]) => [name.toLowerCase(), value]))
  return { ...headers, ...own, ...(headers.cookie && own.cookie && { cookie: `${headers.cookie}; ${own.cookie}` }) }
}
