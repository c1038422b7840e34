/** What a stored text says; null: it is no JSON, as a bit may have flipped in it. */
export function storedJson(text: unknown): unknown {
  try {
    return JSON.parse(text as string)
  } catch {
    return null
  }
}
