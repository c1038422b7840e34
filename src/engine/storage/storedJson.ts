/** Parses stored JSON; null: it is not JSON, as after a flipped bit. */
export function storedJson(text: unknown): unknown {
  try {
    return JSON.parse(text as string)
  } catch {
    return null
  }
}
