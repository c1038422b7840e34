import type { Slice } from '../../clock/slices.ts'
import type { availabilityKinds } from '../../shared/availability.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { streamStates } from '../../shared/streams.ts'
import type { SubjectOf } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import { type Tier, tierStepMs } from '../../shared/tiers.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { History } from '../history/history.ts'
import { type StateChange, withChanges } from './stateChanges.ts'
import { joined, type Meaning, type MixedBucket, type Piece, type PieceState, piecesOf, sinceFirst } from './statePieces.ts'

type Watched = SubjectOf<(typeof availabilityKinds)[number]>
export interface SubjectPieces {
  readonly subject: Watched
  /** Joined, without holes. */
  readonly pieces: readonly Piece[]
  readonly isCoarse: boolean
}

/** Values requested from history at once: deserialising an answer cannot be interrupted. */
const mostValues = 20_000
/** Most buckets of two hours that are read by minutes; any further ones keep the estimate from their totals. */
const mostRefined = 150_000

const pieceStateOf: Readonly<Record<StreamState, PieceState>> = {
  live: 'up',
  // Viewers see the slate instead of the stream.
  slate: 'down',
  stalled: 'down',
  gone: 'down',
  unknown: 'unknown',
  // Not expected now.
  waiting: 'absent',
  ended: 'absent',
}
const figures: Readonly<Record<Watched['kind'], { readonly metric: MetricId; readonly meaning: Meaning }>> = {
  stream: { metric: 'path.state', meaning: (code) => pieceStateOf[streamStates[code] ?? 'unknown'] },
  server: { metric: 'server.reachable', meaning: (value) => (value > 0 ? 'up' : 'down') },
  probe: { metric: 'probe.up', meaning: (value) => (value > 0 ? 'up' : 'down') },
}

/** The states of each subject in a period: by buckets of two hours, by minutes where such a bucket holds different states, and by the changes told of it. */
export async function* readPieces(
  deps: { readonly history: Pick<History, 'range'>; readonly changesOf: (subject: Watched) => readonly StateChange[] },
  subjects: readonly Watched[],
  span: Span,
  slice: Slice,
  signal: AbortSignal,
): AsyncIterable<SubjectPieces> {
  let left = mostRefined
  const perPart = Math.max(1, Math.floor(mostValues / bucketsIn(span, 'twoHours')))
  const read = (of: readonly Watched[], within: Span, tier: 'twoHours' | 'minutes') => readColumns(deps.history, of, within, tier, signal)
  const partAt = (at: number) => subjects.slice(at, at + perPart)
  /** The next part is read while this one is processed: history has two reading threads. */
  const ahead = (at: number) => {
    const found = read(partAt(at), span, 'twoHours')
    // A failure is reported where the part is awaited.
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
      rough.push(piecesOf(columns, span, stepOf(columns, 'twoHours'), figures[(part[index] as Watched).kind].meaning))
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
    const fine = new Map<string, readonly (Piece | MixedBucket)[]>()
    for (const { span: within, places } of wanted.values())
      for (let first = 0; first < places.length; first += mostAtOnce(within)) {
        const some = places.slice(first, first + mostAtOnce(within))
        const of = some.map((place) => part[place] as Watched)
        for (const [index, columns] of (await read(of, within, 'minutes')).entries()) {
          const { meaning } = figures[(of[index] as Watched).kind]
          fine.set(`${some[index]} ${within.from}`, piecesOf(columns, within, stepOf(columns, 'minutes'), meaning))
          if (slice.isOver()) await slice.next(signal)
        }
      }
    for (const [place, pieces] of rough.entries()) {
      const subject = part[place] as Watched
      const whole = pieces.flatMap((piece) => ('pieces' in piece ? (fine.get(`${place} ${piece.from}`) ?? [piece]) : [piece]))
      yield { subject, pieces: sinceFirst(joined(withChanges(whole, deps.changesOf(subject)))), isCoarse: coarse.has(place) }
    }
  }
}

const mostAtOnce = (span: Span): number => Math.max(1, Math.floor(mostValues / bucketsIn(span, 'minutes')))
const bucketsIn = ({ from, to }: Span, tier: Tier): number => Math.ceil((to - from) / tierStepMs[tier]) + 2
/** Bucket width of the answer: coarser than requested where nothing finer is stored. */
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
