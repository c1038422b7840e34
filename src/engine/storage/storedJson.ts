/** Deeper than anything we store; what is much deeper ends in a `RangeError` wherever it is walked through. */
const deepest = 100
const isTooDeep = (value: unknown, depth = 0): boolean =>
  depth > deepest || (typeof value === 'object' && value !== null && Object.values(value).some((inner) => isTooDeep(inner, depth + 1)))

/** Parses stored JSON; null: it is not JSON, as after a flipped bit, or nested too deeply. */
export function storedJson(text: unknown): unknown {
  try {
    const value: unknown = JSON.parse(text as string)
    return isTooDeep(value) ? null : value
  } catch {
    return null
  }
}
