import type { AvailabilityRow } from '../../shared/availability.ts'
import { type Gap, mergeGaps } from '../../shared/gaps.ts'
import type { Span } from '../../shared/maintenance.ts'
import type { Piece, PieceState } from './statePieces.ts'

type Reckoned = Omit<AvailabilityRow, 'subject' | 'name' | 'isCoarse'>

/** What a subject is planned to be, and when nobody looked. */
export interface Planned {
  readonly maintenance: readonly Span[]
  /** When it is expected; null: whenever it is there. */
  readonly onAir: readonly Span[] | null
  /** When nobody looked, so that nothing is known, however short that was: in order and apart. Left out: never. */
  readonly unwatched?: readonly Span[]
}

/** From its first time down to its last; `downMs` is without unknown time and maintenance between. */
export interface Outage extends Span {
  readonly downMs: number
}

/** The states that are counted; planned maintenance takes the place of any other. */
type Counted = PieceState | 'maintenance'

/**
 * Availability from pieces that are joined and without holes. An outage lasts until the subject is up, or no longer expected. Unknown time and maintenance
 * within it do not count towards its length, and an outage that lies wholly in maintenance is none.
 */
export function reckon(pieces: readonly Piece[], planned: Planned, onOutage: (outage: Outage) => void = () => {}): Reckoned {
  const ms: Record<Counted, number> = { up: 0, down: 0, unknown: 0, absent: 0, maintenance: 0 }
  let outages = 0
  let longestMs = 0
  let isDown = false
  /** The outage that lasts; without length: none does. */
  let outage: Outage = { from: 0, to: 0, downMs: 0 }
  const over = () => {
    if (outage.downMs > 0) onOutage(outage)
    outage = { from: 0, to: 0, downMs: 0 }
  }
  for (const { state, from, to } of counted(pieces, planned)) {
    ms[state] += to - from
    if (state === 'up' || state === 'absent') over()
    if (state === 'down') {
      if (outage.downMs === 0) outages++
      outage = { from: outage.downMs === 0 ? from : outage.from, to, downMs: outage.downMs + to - from }
      longestMs = Math.max(longestMs, outage.downMs)
    }
    isDown = state === 'down'
  }
  over()
  return {
    ...figuresOf(ms.up, ms.down),
    unknownMs: ms.unknown,
    maintenanceMs: ms.maintenance,
    outages,
    longestMs,
    repairMs: repairOf(ms.down, outages),
    isDown,
  }
}

const figuresOf = (upMs: number, downMs: number) => ({ percent: upMs + downMs > 0 ? (100 * upMs) / (upMs + downMs) : null, upMs, downMs })
const repairOf = (downMs: number, outages: number): number | null => (outages === 0 ? null : downMs / outages)

/** The figures of all rows together, as if they were one subject. */
export function altogether(rows: readonly Reckoned[]): Omit<Reckoned, 'isDown'> {
  const sum = (of: (row: Reckoned) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const [downMs, outages] = [sum((row) => row.downMs), sum((row) => row.outages)]
  return {
    ...figuresOf(
      sum((row) => row.upMs),
      downMs,
    ),
    unknownMs: sum((row) => row.unknownMs),
    maintenanceMs: sum((row) => row.maintenanceMs),
    outages,
    longestMs: rows.reduce((most, row) => Math.max(most, row.longestMs), 0),
    repairMs: repairOf(downMs, outages),
  }
}

type CountedSpan = Span & { readonly state: Counted }

function counted(pieces: readonly Piece[], { maintenance, onAir, unwatched = [] }: Planned): Iterable<CountedSpan> {
  const known = pieces.map(({ from, to, state }): CountedSpan => ({ from, to, state: state ?? 'unknown' }))
  const expected = onAir === null ? known : marked(known, united(onAir), 'absent', false)
  return marked(marked(expected, united(maintenance), 'maintenance'), unwatched, 'unknown')
}

/** The parts with another state within spans, or outside of them, which are in order and apart. What is absent or in maintenance stays so. */
function* marked(parts: Iterable<CountedSpan>, spans: readonly Span[], state: Counted, within = true): Iterable<CountedSpan> {
  for (const part of parts)
    if (part.state === 'absent' || part.state === 'maintenance') yield part
    else for (const { from, to, isWithin } of cut(part, spans)) yield { from, to, state: isWithin === within ? state : part.state }
}

/** A span in parts that lie within others, which are in order and apart, and such that do not. */
function* cut({ from, to }: Span, others: readonly Span[]): Iterable<Span & { readonly isWithin: boolean }> {
  let at = from
  for (const other of others) {
    if (other.to <= at) continue
    if (other.from >= to) break
    if (other.from > at) yield { from: at, to: other.from, isWithin: false }
    const end = Math.min(other.to, to)
    yield { from: Math.max(at, other.from), to: end, isWithin: true }
    at = end
  }
  if (at < to) yield { from: at, to, isWithin: false }
}

/** In order, and those that touch as one. */
export function united(spans: readonly Span[]): readonly Span[] {
  return mergeGaps(spans.map(({ from, to }): Gap => [from, to])).map(([from, to]) => ({ from, to }))
}
