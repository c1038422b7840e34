import type { Slice } from '../../clock/slices.ts'
import type { availabilityKinds } from '../../shared/availability.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { type StreamState, streamStates } from '../../shared/streams.ts'
import { type SubjectOf, seriesOf } from '../../shared/subjects.ts'
import { type Tier, tierStepMs } from '../../shared/tiers.ts'
import type { History } from '../history/history.ts'
import { joined, type Meaning, type MixedBucket, type Piece, type Standing, sinceFirst, standingOf } from './standing.ts'

type Watched = SubjectOf<(typeof availabilityKinds)[number]>
export interface StandingsRead {
  readonly subject: Watched
  /** Joined, without holes. */
  readonly pieces: readonly Piece[]
  readonly isCoarse: boolean
}

/** Values that history is asked for at once: taking an answer over is one piece of work. */
const mostValues = 20_000
/** Two hours of a subject that are read by minutes: if more are asked for, the others stay as the two hours say. */
const mostRefined = 150_000

const standingOfState: Readonly<Record<StreamState, Standing>> = {
  live: 'up',
  // Viewers see the slate, and not what they came for.
  slate: 'down',
  stalled: 'down',
  gone: 'down',
  unknown: 'unknown',
  // Not expected now.
  waiting: 'absent',
  ended: 'absent',
}
const figures: Readonly<Record<Watched['kind'], { readonly metric: MetricId; readonly meaning: Meaning }>> = {
  stream: { metric: 'path.state', meaning: (code) => standingOfState[streamStates[code] ?? 'unknown'] },
  server: { metric: 'server.reachable', meaning: (value) => (value > 0 ? 'up' : 'down') },
  probe: { metric: 'probe.up', meaning: (value) => (value > 0 ? 'up' : 'down') },
}

/** How each of these stood in a period: by two hours, and by minutes where those say that it changed within. */
export async function* readStandings(
  deps: { readonly history: Pick<History, 'range'> },
  subjects: readonly Watched[],
  span: Span,
  slice: Slice,
  signal: AbortSignal,
): AsyncIterable<StandingsRead> {
  let left = mostRefined
  const perPart = Math.max(1, Math.floor(mostValues / bucketsIn(span, 'twoHours')))
  const read = (of: readonly Watched[], within: Span, tier: 'twoHours' | 'minutes') => readColumns(deps.history, of, within, tier, signal)
  const partAt = (at: number) => subjects.slice(at, at + perPart)
  /** The next part is read while this one is looked at: history has two threads that read. */
  const ahead = (at: number) => {
    const found = read(partAt(at), span, 'twoHours')
    // Whoever waits for it later hears of its failure.
    found.catch(() => undefined)
    return found
  }
  let next = ahead(0)
  for (let at = 0; at < subjects.length; at += perPart) {
    const part = partAt(at)
    const rough: (readonly (Piece | MixedBucket)[])[] = []
    const found = await next
    next = ahead(at + perPart)
    for (const [index, columns] of found.entries()) {
      rough.push(standingOf(columns, span, stepOf(columns, 'twoHours'), figures[(part[index] as Watched).kind].meaning))
      if (slice.isOver()) await slice.next(signal)
    }
    // Those that changed in the same two hours are read together: streams of a server go together.
    const wanted = new Map<string, { readonly span: Span; readonly places: number[] }>()
    const coarse = new Set<number>()
    for (const [place, pieces] of rough.entries())
      for (const piece of pieces) {
        if (!('pieces' in piece)) continue
        if (left-- <= 0) {
          coarse.add(place)
          continue
        }
        const key = `${piece.from} ${piece.to}`
        const known = wanted.get(key)
        if (known === undefined) wanted.set(key, { span: { from: piece.from, to: piece.to }, places: [place] })
        else known.places.push(place)
      }
    const fine = new Map<string, readonly Piece[]>()
    for (const { span: within, places } of wanted.values())
      for (let first = 0; first < places.length; first += mostAtOnce(within)) {
        const some = places.slice(first, first + mostAtOnce(within))
        const of = some.map((place) => part[place] as Watched)
        for (const [index, columns] of (await read(of, within, 'minutes')).entries()) {
          const { meaning } = figures[(of[index] as Watched).kind]
          const pieces = standingOf(columns, within, stepOf(columns, 'minutes'), meaning).flatMap((one) => ('pieces' in one ? one.pieces : [one]))
          fine.set(`${some[index]} ${within.from}`, pieces)
          if (slice.isOver()) await slice.next(signal)
        }
      }
    for (const [place, pieces] of rough.entries()) {
      const whole = pieces.flatMap((piece) => ('pieces' in piece ? (fine.get(`${place} ${piece.from}`) ?? piece.pieces) : [piece]))
      yield { subject: part[place] as Watched, pieces: sinceFirst(joined(whole)), isCoarse: coarse.has(place) }
    }
  }
}

const mostAtOnce = (span: Span): number => Math.max(1, Math.floor(mostValues / bucketsIn(span, 'minutes')))
const bucketsIn = ({ from, to }: Span, tier: Tier): number => Math.ceil((to - from) / tierStepMs[tier]) + 2
/** Of what was read: coarser than asked for where nothing finer is kept. */
const stepOf = ({ tier }: SeriesColumns, asked: Tier): number => Math.max(tierStepMs[tier], tierStepMs[asked])

async function readColumns(
  history: Pick<History, 'range'>,
  subjects: readonly Watched[],
  { from, to }: Span,
  tier: 'twoHours' | 'minutes',
  signal: AbortSignal,
): Promise<SeriesColumns[]> {
  if (subjects.length === 0 || to <= from) return []
  const stepMs = tierStepMs[tier]
  const points = bucketsIn({ from, to }, tier)
  // So that buckets are exactly as wide; what is known beyond the period says how it stands at its ends.
  const first = Math.floor(from / stepMs) * stepMs
  const series = subjects.map((subject) => seriesOf(subject, figures[subject.kind].metric))
  return history.range({ series, from: first, to: first + (points - 1) * stepMs, points, tier, totals: true }, signal)
}
