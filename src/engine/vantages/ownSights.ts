import { mostProbes, type Probe } from '../../shared/probes.ts'
import { readingHoldsMs } from '../../shared/probeTurns.ts'
import type { Sight, SightState } from '../../shared/sights.ts'
import type { Sights } from '../../shared/vantages.ts'

/** Whether a probe is up or down at a moment, as far as it is known then. */
export function sightStateOf(probe: Pick<Probe, 'state' | 'readAt' | 'mode' | 'intervalSeconds' | 'lookSeconds'>, now: number): SightState {
  if (probe.state === 'down') return 'down'
  return probe.state === 'up' && probe.readAt !== null && now - probe.readAt <= readingHoldsMs(probe) ? 'up' : 'unknown'
}

/** What this console sees of its probes, for another one. What others see is not passed on. */
export function ownSights(installation: string, probes: readonly Probe[], now: number): Sights {
  return {
    product: 'mtxdeck',
    installation,
    at: now,
    probes: probes.slice(0, mostProbes).map((probe): Sight => {
      const { name, url, stateSince, readAt, why, reading, grade } = probe
      const state = sightStateOf(probe, now)
      const seen = state === 'up' ? reading : null
      return {
        name,
        url,
        state,
        since: stateSince,
        readAt,
        why: state === 'up' ? null : why,
        bitrateBps: seen?.bitrateBps ?? null,
        answerMs: seen?.response.answerMs ?? null,
        grade: state === 'up' ? grade : null,
      }
    }),
  }
}
