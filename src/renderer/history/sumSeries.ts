import { type Tier, tierStepMs, tiers } from '../../shared/history.ts'
import { addKnown } from '../../shared/sumKnown.ts'
import { commonGaps, type DrawnSeries, emptySeries, shownGaps, type TailColumns } from './joinSeries.ts'
import { splitGaps } from './stateGaps.ts'

interface Slot {
  readonly min: number
  readonly mean: number
  readonly max: number
}

/** The samples of each slot as one. */
const slotsOf = (part: DrawnSeries, slotMs: number): ReadonlyMap<number, Slot> => {
  const slots = new Map<number, { min: number; mean: number; max: number; count: number }>()
  part.at.forEach((at, index) => {
    const slot = Math.floor(at / slotMs)
    const [min, mean, max] = [part.min[index] ?? 0, part.mean[index] ?? 0, part.max[index] ?? 0]
    const before = slots.get(slot)
    if (!before) {
      slots.set(slot, { min, mean, max, count: 1 })
      return
    }
    before.min = Math.min(before.min, min)
    before.max = Math.max(before.max, max)
    before.count++
    before.mean += (mean - before.mean) / before.count
  })
  return slots
}

const edgeSlots = 2
/** More of the series are known right before or after this slot. */
const isEdge = (slot: number, sums: ReadonlyMap<number, { readonly known: number }>): boolean => {
  const known = sums.get(slot)?.known ?? 0
  for (let away = 1; away <= edgeSlots; away++) if ((sums.get(slot - away)?.known ?? 0) > known || (sums.get(slot + away)?.known ?? 0) > known) return true
  return false
}

/**
 * Several series added up. Samples of different servers never come at the same moment, so they meet in slots of `slotMs`; one
 * that has none in a slot, and no gap either, is what it was before. What is known is added: a gap is where none of them is. Slots
 * in which some have just come or gone are left out: a sum of half of them for a moment would look like a fall.
 */
export const sumSeries = (parts: readonly DrawnSeries[], window: { readonly from: number; readonly to: number }, slotMs: number): DrawnSeries => {
  const [only] = parts
  if (only === undefined) return emptySeries
  if (parts.length === 1) return only
  const own = parts.map((part) => {
    // Coarse values stand for all that follows up to the next one.
    const lasts = Math.max(slotMs, tierStepMs[part.tier])
    return { slots: slotsOf(part, slotMs), gaps: shownGaps(part, window, 2 * lasts, lasts) }
  })
  const all = [...new Set(own.flatMap(({ slots }) => [...slots.keys()]))].sort((a, b) => a - b)
  const sums = new Map(all.map((slot) => [slot, { min: 0, mean: 0, max: 0, known: 0 }]))
  for (const { slots, gaps } of own) {
    let held: Slot | null = null
    let gap = 0
    for (const slot of all) {
      const sum = sums.get(slot)
      const here = slots.get(slot)
      const begins = slot * slotMs
      while ((gaps[gap]?.[1] ?? Number.POSITIVE_INFINITY) <= begins) {
        gap++
        held = null
      }
      const inGap = begins >= (gaps[gap]?.[0] ?? Number.POSITIVE_INFINITY)
      if (here) held = here
      else if (inGap) held = null
      const value = here ?? (held === null ? null : { min: held.mean, mean: held.mean, max: held.mean })
      if (!sum || value === null) continue
      sum.min += value.min
      sum.mean += value.mean
      sum.max += value.max
      sum.known++
    }
  }
  const order = all.filter((slot) => !isEdge(slot, sums))
  const column = (read: (slot: Slot) => number) => order.map((slot) => read(sums.get(slot) ?? { min: 0, mean: 0, max: 0 }))
  const tier = parts.reduce<Tier>((coarsest, part) => (tiers.indexOf(part.tier) > tiers.indexOf(coarsest) ? part.tier : coarsest), 'samples')
  const gaps = commonGaps(own.map((part) => part.gaps))
  // What comes and goes within two slots is only not read at the same time.
  const lacking = own.map((part) => splitGaps(part.gaps, gaps).absent.filter(([from, to]) => to - from > 2 * slotMs))
  return {
    at: order.map((slot) => slot * slotMs),
    min: column(({ min }) => min),
    mean: column(({ mean }) => mean),
    max: column(({ max }) => max),
    count: order.map(() => 0),
    gaps,
    tier,
    lacking: lacking.flatMap((only, part) => (only.length === 0 ? [] : [{ part, gaps: only }])),
  }
}

/**
 * The newest values of several series added up, as one sample; without any where none is known. A value that is more than `slotMs`
 * older than the newest of all is of the past: what stopped answering is not in the sum.
 */
export const sumRecent = (parts: readonly TailColumns[], slotMs: number): TailColumns => {
  if (parts.length === 1 && parts[0]) return parts[0]
  const at = Math.max(0, ...parts.map((part) => part.at.at(-1) ?? 0))
  let sum: number | null = null
  for (const part of parts) {
    const place = part.values.findLastIndex((value) => value !== null)
    if (place >= 0 && (part.at[place] ?? 0) >= at - slotMs) sum = addKnown(sum, part.values[place] ?? null)
  }
  return at === 0 ? { at: [], values: [] } : { at: [at], values: [sum] }
}
