/** Headers such as `X-Team: noc`, one a line; without a value: null. Returns null if a line is not a header. */
export function headersIn(text: string): Readonly<Record<string, string | null>> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const pairs = lines.map((line) => /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line))
  return pairs.some((pair) => pair === null) ? null : Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1], pair[2] || null]])))
}
