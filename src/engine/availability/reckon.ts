import type { AvailabilityRow } from '../../shared/availability.ts'
import type { Span } from '../../shared/maintenance.ts'
import type { Piece, Standing } from './standing.ts'

export type Reckoned = Omit<AvailabilityRow, 'subject' | 'name' | 'isCoarse'>

/** What a subject is planned to be. */
export interface Planned {
  readonly maintenance: readonly Span[]
  /** When it is expected; null: whenever it is there. */
  readonly onAir: readonly Span[] | null
}

/** What counts of how it stood: parts of `pieces` that are not planned otherwise. */
type Counted = Standing | 'maintenance'

/**
 * How available something was that stood like this, joined and without holes. An outage lasts until it is up, or not expected any more; what is unknown or
 * in maintenance within is not counted of it, and one that lies in maintenance as a whole is none.
 */
export function reckon(pieces: readonly Piece[], planned: Planned): Reckoned {
  const ms: Record<Counted, number> = { up: 0, down: 0, unknown: 0, absent: 0, maintenance: 0 }
  let outages = 0
  let longestMs = 0
  let outageMs = 0
  let isDown = false
  for (const { standing, lengthMs } of counted(pieces, planned)) {
    ms[standing] += lengthMs
    if (standing === 'up' || standing === 'absent') outageMs = 0
    if (standing === 'down') {
      if (outageMs === 0) outages++
      outageMs += lengthMs
      longestMs = Math.max(longestMs, outageMs)
    }
    isDown = standing === 'down'
  }
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

/** All of them as if they were one. */
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

/** What counts, in order of time. */
function* counted(pieces: readonly Piece[], { maintenance, onAir }: Planned): Iterable<{ readonly standing: Counted; readonly lengthMs: number }> {
  const work = united(maintenance)
  const expected = onAir && united(onAir)
  for (const piece of pieces) {
    const standing = piece.standing ?? 'unknown'
    if (standing === 'absent') yield { standing, lengthMs: piece.to - piece.from }
    else
      for (const due of expected === null ? [{ ...piece, isWithin: true }] : cut(piece, expected)) {
        if (!due.isWithin) yield { standing: 'absent', lengthMs: due.to - due.from }
        else for (const { from, to, isWithin } of cut(due, work)) yield { standing: isWithin ? 'maintenance' : standing, lengthMs: to - from }
      }
  }
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
function united(spans: readonly Span[]): readonly Span[] {
  const out: { from: number; to: number }[] = []
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = out.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else out.push({ from, to })
  }
  return out
}
