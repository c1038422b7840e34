const formerNames: Readonly<Record<string, string>> = {
  door: 'endpoint',
  doors: 'endpoints',
  judged: 'evaluated',
  mistake: 'validationError',
  mistakes: 'validationErrors',
}
/** Deeper than anything we store; what is much deeper ends in a `RangeError` wherever it is walked through. */
const deepest = 100

/** A value with the present names of keys. Throws a `RangeError` if it is nested too deeply. */
function withPresentNames(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > deepest) throw new RangeError('nested too deeply')
  if (Array.isArray(value)) return value.map((inner) => withPresentNames(inner, depth + 1))
  const found: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    const name = (Object.hasOwn(formerNames, key) && formerNames[key]) || key
    // `JSON.parse` makes it a key like any other; an assignment would not.
    if (name !== '__proto__' && (name === key || !Object.hasOwn(value, name))) found[name] = withPresentNames(inner, depth + 1)
  }
  return found
}

/** Parses stored JSON; null: it is not JSON, as after a flipped bit. */
export function storedJson(text: unknown): unknown {
  try {
    return JSON.parse(text as string)
  } catch {
    return null
  }
}

/** As `storedJson`, of facts of events, alarms and daily reports, also by the names that keys had before 2026-11-27; null, too, where they are nested too deeply. */
export function storedFacts(text: unknown): unknown {
  try {
    return withPresentNames(JSON.parse(text as string), 0)
  } catch {
    return null
  }
}
