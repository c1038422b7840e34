import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tiers } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { listedArchives, parseArchiveName, periodSpan } from '../archive/archive.ts'
import { dayMs, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'

/** Lists what was chosen to be removed, until it is. */
const removingFile = 'removing.json'

/** Names of archives that limits do not allow any more: they are to be unlisted, and are removed after that. */
export function chooseToRemove(history: Database, folder: string, now: number, limits: StoreLimits): string[] {
  const entries = listedArchives(history)
  const chosen = tiers.flatMap((tier) => {
    const ofTier = entries.filter((entry) => entry.tier === tier)
    // The running day, month and year stay whatever the limits.
    const over = ofTier.filter(({ name }) => (periodSpan(parseArchiveName(name)?.period ?? '')?.to ?? 0) <= dayStartOf(now)).sort((a, b) => a.to - b.to)
    let bytes = ofTier.reduce((sum, entry) => sum + entry.bytes, 0)
    const names: string[] = []
    for (const entry of over) {
      if (entry.to >= now - limits[tier].days * dayMs && bytes <= limits[tier].bytes) break
      bytes -= entry.bytes
      names.push(entry.name)
    }
    return names
  })
  if (chosen.length > 0) writeChosen(folder, [...new Set([...chosenToRemove(folder), ...chosen])])
  return chosen
}

/** Removes what was chosen and is listed no more. On Windows a file that somebody reads stays until the next time. */
export function removeChosen(history: Database, folder: string): void {
  const chosen = chosenToRemove(folder)
  if (chosen.length === 0) return
  const listed = new Set(listedArchives(history).map(({ name }) => name))
  const left = chosen.filter((name) => {
    if (listed.has(name)) return false
    try {
      for (const end of ['', '-journal']) rmSync(join(folder, name + end), { force: true })
      return false
    } catch {
      return true
    }
  })
  writeChosen(folder, left)
}

export function chosenToRemove(folder: string): string[] {
  try {
    const names: unknown = JSON.parse(readFileSync(join(folder, removingFile), 'utf8'))
    return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string' && parseArchiveName(name) !== null) : []
  } catch {
    // Not there, or cut off by a power cut: what it named is chosen again, or stands in the folder unlisted.
    return []
  }
}

function writeChosen(folder: string, names: readonly string[]): void {
  const file = join(folder, removingFile)
  if (names.length === 0) rmSync(file, { force: true })
  else writeFileSync(file, JSON.stringify(names), { mode: 0o600 })
}
