import { z } from 'zod'
import { mostProbes } from '../../shared/probeIds.ts'
import { type Probe, probeSchema } from '../../shared/probes.ts'
import { redactUrl } from '../../shared/redact.ts'

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
