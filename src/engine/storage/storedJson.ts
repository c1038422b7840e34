const formerNames: Readonly<Record<string, string>> = {
  door: 'endpoint',
  doors: 'endpoints',
  judged: 'evaluated',
  mistake: 'validationError',
  mistakes: 'validationErrors',
}
const formerName = /"(door|doors|judged|mistake|mistakes)":/g

/** Stored JSON with the present names of keys that were renamed on 2026-11-27; facts of events and daily reports of before have the former ones. */
export function withPresentNames(json: string): string {
  return json.replace(formerName, (_, name: string) => `"${formerNames[name]}":`)
}

/** Parses stored JSON; null: it is not JSON, as after a flipped bit. */
export function storedJson(text: unknown): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? withPresentNames(text) : (text as string))
  } catch {
    return null
  }
}
