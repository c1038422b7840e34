import { z } from 'zod'
import { mostProbes, type Probe, probeSchema } from '../../shared/probes.ts'
import { redactUrl } from '../../shared/redact.ts'

/** What a bundle has of a probe: how it was measured, and not how it is when the bundle is made. */
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
/** More than 2,000 probes with contracts have. */
const mostLetters = 30_000_000

/** Probes as text for a bundle. Their addresses are without secrets already. */
export function bundledProbesText(probes: readonly Probe[]): string {
  return JSON.stringify(probes.map((probe) => bundledProbeSchema.parse(probe)))
}

/** Reads the probes of a bundle, which is not trusted. What they measured is in its history: of now nothing is known. Those that are not known here are left out. */
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
