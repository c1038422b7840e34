import { randomBytes } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { FileFault } from '../../shared/fileFaults.ts'
import { contentFields } from '../../shared/probeContent.ts'
import { streamContractSchema } from '../../shared/probeGrades.ts'
import { mostProbes, probeIdSchema } from '../../shared/probeIds.ts'
import { type Probe, probeModes, probeSchema } from '../../shared/probes.ts'
import { redactUrl } from '../../shared/redact.ts'
import { createWatchedRows, unreadableRow } from '../watching/watchedRows.ts'

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
    inOne: (work: () => void): void => db.transaction(work).immediate(),
  }
}
export type ProbeRows = ReturnType<typeof createProbeRows>

/** What a bundle contains of a probe: its settings, but not its state when the bundle is made. */
const bundledProbeSchema = probeSchema.pick({
  id: true,
  origin: true,
  name: true,
  url: true,
  project: true,
  intervalSeconds: true,
  mode: true,
  lookSeconds: true,
  retries: true,
  paused: true,
  contract: true,
  profile: true,
  checks: true,
  thresholds: true,
})
/** Maximum length, more than 2,000 probes with contracts need. */
const mostLetters = 30_000_000

/** Probes as text for a bundle. Their addresses are without secrets already. */
export function bundledProbesText(probes: readonly Probe[]): string {
  return JSON.stringify(probes.map((probe) => bundledProbeSchema.parse(probe)))
}

/** Reads the probes of a bundle, which is not trusted. Their figures are in its history; their present state is unknown. Entries of an unknown form are left out. */
export function readBundledProbes(text: string | undefined): readonly Probe[] {
  if (text === undefined || text.length > mostLetters) return []
  let all: unknown
  try {
    all = JSON.parse(text)
  } catch {
    return []
  }
  const known = z.array(z.unknown()).max(mostProbes).safeParse(all).data ?? []
  return known.flatMap((one) => {
    const probe = bundledProbeSchema.safeParse(one)
    return probe.success ? [{ ...probe.data, url: redactUrl(probe.data.url), ...nothingKnown }] : []
  })
}

const nothingKnown = {
  canary: null,
  differences: [],
  state: 'connecting',
  stateSince: 0,
  why: null,
  reading: null,
  readAt: null,
  nextAt: null,
  bitrate: null,
  lasting: [],
  elsewhere: [],
  grade: null,
  gradeReasons: [],
  severity: null,
} as const satisfies Omit<Probe, keyof z.infer<typeof bundledProbeSchema>>
