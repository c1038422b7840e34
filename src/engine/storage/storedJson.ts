const formerNames: Readonly<Record<string, string>> = {
  door: 'endpoint',
  doors: 'endpoints',
  judged: 'evaluated',
  mistake: 'validationError',
  mistakes: 'validationErrors',
}
const formerName = /"(door|doors|judged|mistake|mistakes)":/g

/** Stored facts with the present names of keys that were renamed on 2026-11-27: of events, alarms and daily reports. */
export function withPresentNames(json: string): string {
  return json.replace(formerName, (_, name: string) => `"${formerNames[name]}":`)
}

/** Parses stored JSON; null: it is not JSON, as after a flipped bit. */
export function storedJson(text: unknown): unknown {
  try {
    return JSON.parse(text as string)
  } catch {
    return null
  }
}

/** As `storedJson`, of facts of events, alarms and daily reports, also by their former names. */
export function storedFacts(text: unknown): unknown {
  return storedJson(typeof text === 'string' ? withPresentNames(text) : text)
}
