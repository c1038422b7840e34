import { randomBytes } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { FileFault } from '../../shared/fileFaults.ts'
import { contentFields } from '../../shared/probeContent.ts'
import { streamContractSchema } from '../../shared/probeContracts.ts'
import { probeIdSchema } from '../../shared/probeIds.ts'
import { probeModes } from '../../shared/probes.ts'
import { createWatchedRows, unreadableRow } from '../watching/watchedRows.ts'

/** What an operator entered, without secrets. */
const settingsSchema = z.object({
  /** As it is shown. */
  url: z.string(),
  project: z.string(),
  intervalSeconds: z.number(),
  mode: z.enum(probeModes),
  lookSeconds: z.number(),
  retries: z.number(),
  paused: z.boolean(),
  contract: streamContractSchema.nullable().default(null),
  profile: contentFields.profile.default(null),
  checks: contentFields.checks.default([]),
  thresholds: contentFields.thresholds.default({}),
})
export type ProbeSettings = z.infer<typeof settingsSchema>

/** Names the probe whose row can't be read; null: all can. */
export function unreadableProbeRow(db: Database): FileFault | null {
  return unreadableRow(db, 'probe', settingsSchema, (id) => probeIdSchema.safeParse(id).success)
}

const letters = '0123456789abcdefghijklmnopqrstuvwxyz'
/** `probe-` and eight random letters: 41 bits, and the table refuses duplicates. */
const newProbeId = (): string => `probe-${Array.from(randomBytes(8), (byte) => letters[byte % letters.length]).join('')}`

export function createProbeRows(db: Database) {
  return {
    ...createWatchedRows(db, 'probes', settingsSchema, newProbeId),
    /** Runs in one transaction. */
    inOne: (work: () => void): void => db.transaction(work).immediate(),
  }
}
export type ProbeRows = ReturnType<typeof createProbeRows>
