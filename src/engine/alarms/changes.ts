import type { Change } from '../../shared/ruleKinds/change.ts'
import { type FigureKind, type Figures, type Levels, metricsOf, plainFigure, type Rows } from './breaches.ts'
import { type CandidateSearch, divided, quarterMs, type Span } from './candidateQuarters.ts'
import { createRowScopes } from './findings.ts'

/** Number of slots into which the rule's period is divided; each keeps a minimum and a maximum. */
const slots = 8
/** Numbers per subject: index of the latest slot, then the minima, then the maxima. */
const width = 1 + 2 * slots

/** Earlier figures of one server or host, `width` numbers per subject. */
function createMemory() {
  const placeOf = new Map<string | null, number>()
  const free: number[] = []
  let values = new Float64Array(0)
  const forget = (part: string | null): void => {
    const place = placeOf.get(part)
    if (place === undefined) return
    placeOf.delete(part)
    free.push(place)
  }
  const newPlace = (part: string | null, slot: number): number => {
    const place = free.pop() ?? placeOf.size * width
    if (place >= values.length) {
      const larger = new Float64Array(Math.max(8 * width, values.length * 2))
      larger.set(values)
      values = larger
    }
    placeOf.set(part, place)
    values.fill(Number.NaN, place, place + width)
    values[place] = slot
    return place
  }
  return {
    size: () => placeOf.size,
    forget,
    /** Drops subjects without a figure in the whole period, such as streams that no longer exist. */
    forgetOlder: (slot: number): void => {
      for (const [part, place] of placeOf) if (slot - (values[place] as number) >= slots) forget(part)
    },
    /** Adds a figure. Returns the offset of the subject's minima and maxima. */
    note: (part: string | null, slot: number, figure: number): number => {
      const place = placeOf.get(part) ?? newPlace(part, slot)
      const over = Math.min(slots, slot - (values[place] as number))
      for (let ago = 0; ago < over; ago++) {
        const at = place + 1 + ((slot - ago) % slots)
        values[at] = Number.NaN
        values[at + slots] = Number.NaN
      }
      values[place] = slot
      const now = place + 1 + (slot % slots)
      if (!(figure >= (values[now] as number))) values[now] = figure
      if (!(figure <= (values[now + slots] as number))) values[now + slots] = figure
      return place
    },
    /** Writes the minimum and maximum of the period into `extremes`. */
    read: (place: number, extremes: [low: number, high: number]): void => {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (let at = place + 1; at <= place + slots; at++) {
        if ((values[at] as number) < low) low = values[at] as number
        if ((values[at + slots] as number) > high) high = values[at + slots] as number
      }
      extremes[0] = low
      extremes[1] = high
    },
  }
}

/** Difference of a figure from its minimum or maximum in the period. For either direction a fall is negative. NaN: undefined. */
function changeOf(figure: number, [low, high]: readonly [number, number], { direction, isRelative }: Change): number {
  const rise = isRelative ? ((figure - low) / Math.abs(low)) * 100 : figure - low
  const fall = isRelative ? ((high - figure) / Math.abs(high)) * 100 : high - figure
  if (direction === 'up') return rise
  if (direction === 'down') return fall
  return rise > fall || Number.isNaN(fall) ? rise : -fall
}

const levelsOf = ({ direction, levels }: Change): Levels => ({ side: direction === 'either' ? 'beyond' : 'above', levels })

function figuresOf(watches: Change, isFor: Parameters<FigureKind<'change'>['figures']>[1]): Figures {
  const memories = new Map<string, ReturnType<typeof createMemory>>()
  const slotMs = watches.withinMs / slots
  const scopes = createRowScopes(isFor)
  return {
    of: (rows: Rows) => {
      const { ownerId, at, parts, isLive } = rows
      const figureOf = plainFigure(rows)
      const memory = memories.get(ownerId) ?? createMemory()
      memories.set(ownerId, memory)
      const slot = Math.floor(at / slotMs)
      if (memory.size() > 2 * (parts?.length ?? 1)) memory.forgetOlder(slot)
      const extremes: [number, number] = [0, 0]
      const isInScope = scopes.of(ownerId, at, parts)
      return (row, from) => {
        if (!isInScope(row)) return Number.NaN
        const part = parts === null ? null : (parts[row] as string)
        const figure = figureOf(row, from)
        // Figures from before the stream went off air may be those of another publisher.
        if (!isLive(from)) memory.forget(part)
        if (!isLive(from) || !Number.isFinite(figure)) return Number.NaN
        memory.read(memory.note(part, slot, figure), extremes)
        return changeOf(figure, extremes, watches)
      }
    },
    forget: (ownerId) => {
      memories.delete(ownerId)
      scopes.forget(ownerId)
    },
  }
}

/** Compares how fast figures change. Earlier figures are kept only for subjects in the rule's scope. */
export const changes: FigureKind<'change'> = {
  kind: 'change',
  alarm: 'changedFast',
  metrics: metricsOf,
  levels: levelsOf,
  figures: figuresOf,
  why: ({ watches: { metric, per, direction, isRelative, withinMs }, worst, level }) => ({
    kind: 'changedFast',
    metric,
    per,
    change: direction === 'down' ? -worst : worst,
    isRelative,
    withinMs,
    limit: level.limit,
  }),
}

/** Quarter hours in which, together with those before them within the period, minimum and maximum are far enough apart. */
export const changeCandidates: CandidateSearch<Change> = {
  metrics: metricsOf,
  quarters: function* (watches, spans) {
    const figures = divided(spans)
    const quarters = Math.ceil(watches.withinMs / quarterMs) + 1
    const least = Math.min(...watches.levels.flatMap(({ limit, clear }) => [limit, clear]))
    let first = 0
    for (const [index, span] of figures.entries()) {
      while ((figures[first] as Span)[0] <= span[0] - quarters) first++
      const before = figures.slice(first, index + 1)
      const extremes = [Math.min(...before.map(([, low]) => low)), Math.max(...before.map(([, , high]) => high))] as const
      const far = Math.max(Math.abs(changeOf(span[2], extremes, watches)), Math.abs(changeOf(span[1], extremes, watches)))
      if (!(far > least)) continue
      for (const [quarter] of before) yield quarter
      yield span[0] + 1
    }
  },
}
