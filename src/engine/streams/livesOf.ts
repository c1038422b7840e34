import type { SeriesColumns } from '../../shared/history.ts'
import { type Life, mostLives } from '../../shared/lives.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { tierStepMs } from '../../shared/tiers.ts'

const { live, waiting, stalled, unknown } = streamStateCodes
const isOn = (code: number): boolean => code === live || code === stalled
/** A sample without a successor for longer than this and than three steps was the last one, ms. */
const lastsMs = 60_000

/** A life under construction. */
interface Growing {
  readonly created: number | null
  readonly active: number
  lastOn: number
}

/** Times of a life; `since` and `until` are clipped to the period. */
interface Bounds extends Pick<Life, 'created' | 'active' | 'gone' | 'goneUnseen'> {
  readonly since: number
  readonly until: number
}

interface Columns {
  readonly state: SeriesColumns
  readonly readers: SeriesColumns
  readonly bitrateIn: SeriesColumns
  /** When its server last answered within the period; null: it did not. */
  readonly answeredAt: number | null
  /** When its server was restarted: no life outlasts that. */
  readonly restarts: readonly number[]
}

/** How long before the period reading starts, ms, to recognize lives that began before it. */
export const readsBeforeMs = 120_000

/** Returns the lives of a stream in a period, newest first, from its metrics in buckets of `stepMs` with totals, starting `readsBeforeMs` before it. */
export function livesOf(
  { state, readers, bitrateIn, answeredAt, restarts }: Columns,
  { from, to }: { readonly from: number; readonly to: number },
  stepMs: number,
): Life[] {
  const lives: Bounds[] = []
  const within = Math.max(lastsMs, 3 * Math.max(stepMs, tierStepMs[state.tier]))
  let created: number | null = null
  let growing: Growing | null = null
  const end = (gone: number | null, goneUnseen: boolean) => {
    if (growing === null) return
    const { active } = growing
    const until = gone ?? to
    const since = Math.max(from, active)
    // Skips lives that ended before the period.
    if (until >= from)
      lives.push({
        created: active < from ? null : growing.created,
        active: active < from ? null : active,
        gone,
        goneUnseen,
        since,
        until,
      })
    growing = null
    created = null
  }
  let gap = 0
  for (const [index, at] of state.at.entries()) {
    const [begins = unknown, ends = unknown, least = unknown] = [state.first?.[index], state.last?.[index], state.min[index]]
    // After a gap, the state is known again only from here on.
    const wasUnseen = growing !== null && at - growing.lastOn > within && hasGap(state.gaps, growing.lastOn, at)
    const wasOn = isOn(begins) || isOn(ends) || least === live
    if (wasUnseen && !isOn(begins) && begins !== unknown) end((growing as Growing).lastOn, true)
    if (growing !== null && wasOn && restarts.some((restart) => restart > (growing as Growing).lastOn && restart <= at)) end((growing as Growing).lastOn, true)
    // A bucket may contain both waiting and live; otherwise `created` would be missed.
    if (growing === null && wasOn && begins === waiting) created ??= at
    if (growing === null && wasOn) growing = { created, active: at, lastOn: at }
    if (growing === null) {
      if (begins === waiting || ends === waiting) created ??= at
      else if (ends !== unknown) created = null
      gap = 0
      continue
    }
    if (wasOn) {
      growing.lastOn = at
      gap = 0
    }
    if (isOn(ends)) continue
    if (ends === unknown) gap ||= at
    // Off air: if the state changed within the bucket, at the end of the bucket at the latest.
    else if (gap > 0 && !wasOn) end(growing.lastOn, true)
    else end(Math.min(to, begins === ends ? at : Math.min(state.at[index + 1] ?? to, at + stepMs)), false)
  }
  if (growing !== null) {
    const { lastOn } = growing as Growing
    // If its server kept answering without it, it is gone. If the server is silent, its end is unknown.
    if ((answeredAt ?? 0) - (state.at.at(-1) ?? to) > within && gap === 0) end(lastOn, true)
    else end(null, false)
  }
  // Bytes and readers are computed only for the lives returned.
  return lives
    .reverse()
    .slice(0, mostLives)
    .map(
      ({ since, until, ...life }): Life => ({
        ...life,
        durationMs: until - since,
        ...readBy(readers, since, until, life.active === null),
        bytes: bytesIn(bitrateIn, since, until, within),
      }),
    )
}

const hasGap = (gaps: SeriesColumns['gaps'], from: number, to: number): boolean => gaps.some(([since, until]) => until > from && since < to)

function readBy({ at, max }: SeriesColumns, from: number, to: number, isCut: boolean): Pick<Life, 'watched' | 'watchedBefore' | 'peakReaders'> {
  let watched: number | null = null
  let watchedBefore = false
  let peakReaders: number | null = null
  for (const [index, moment] of at.entries()) {
    if (moment < from || moment > to) continue
    const readers = max[index] as number
    // The first sample of a life that began before the period.
    if (isCut && peakReaders === null) watchedBefore = readers > 0
    peakReaders = Math.max(peakReaders ?? 0, readers)
    if (readers > 0 && !watchedBefore) watched ??= moment
  }
  return { watched, watchedBefore, peakReaders }
}

function bytesIn({ at, mean }: SeriesColumns, from: number, to: number, mostMs: number): number | null {
  let bits: number | null = null
  for (const [index, moment] of at.entries()) {
    if (moment < from || moment > to) continue
    const lasts = Math.min(mostMs, (at[index + 1] ?? moment) - moment, to - moment)
    bits = (bits ?? 0) + (mean[index] as number) * (Math.max(0, lasts) / 1_000)
  }
  return bits === null ? null : Math.round(bits / 8)
}
