import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tiers } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { listedArchives, parseArchiveName, periodSpan } from '../archive/archive.ts'
import { dayMs, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'

/** File listing the archives chosen for removal, until they are removed. */
const removingFile = 'removing.json'

/** Chooses the archives that retention limits no longer allow. They must be unlisted, and are removed afterwards. */
export function chooseToRemove(history: Database, folder: string, now: number, limits: StoreLimits): string[] {
  const entries = listedArchives(history)
  const chosen = tiers.flatMap((tier) => {
    const ofTier = entries.filter((entry) => entry.tier === tier)
    // The current day, month and year stay regardless of the limits.
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

/** Removes chosen archives that are no longer listed. On Windows a file that is open elsewhere stays until the next call. */
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
    // Missing, or truncated by a power cut: its archives are chosen again, or stay in the folder unlisted.
    return []
  }
}

function writeChosen(folder: string, names: readonly string[]): void {
  const file = join(folder, removingFile)
  if (names.length === 0) rmSync(file, { force: true })
  else writeFileSync(file, JSON.stringify(names), { mode: 0o600 })
}
