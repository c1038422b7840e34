import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'

/** absent: the subject was not there, or was not expected to be. */
export type PieceState = 'up' | 'down' | 'unknown' | 'absent'

/** `to` is exclusive. */
export interface Piece extends Span {
  /** null: no sample available. */
  readonly state: PieceState | null
  /** As an event tells it, with true times. */
  readonly isTold?: boolean
}

/** A bucket with differing samples: states within it as estimated from its totals; a finer tier may be more precise. */
export interface MixedBucket extends Span {
  readonly pieces: readonly Piece[]
}

/** Maps a sample to a state. */
export type Meaning = (value: number) => PieceState

/** Longest hole bridged between equal states, ms: an unreachable server is polled again only after up to 30 s. */
export const bridgedMs = 60_000

/**
 * The states of a subject in a period, from one of its metrics in buckets of `stepMs` with totals. A sample is valid until the next one, unless there is
 * a gap between them. Pieces are contiguous; mixed buckets are returned as such.
 */
export function piecesOf(columns: SeriesColumns, { from, to }: Span, stepMs: number, meaning: Meaning): readonly (Piece | MixedBucket)[] {
  const { at, min, max } = columns
  const starts = at.map((moment, index) => {
    const start = Math.max(from, Math.floor(moment / stepMs) * stepMs)
    // Before the first sample, and after a hole, nothing is known until the sample's own time. A mixed bucket is taken as a whole.
    if (min[index] !== max[index]) return start
    return index > 0 && Math.floor((at[index - 1] as number) / stepMs) * stepMs + stepMs >= start ? start : Math.max(from, moment)
  })
  const out: (Piece | MixedBucket)[] = []
  if ((starts[0] ?? to) > from) out.push({ from, to: Math.min(to, starts[0] ?? to), state: null })
  for (let index = 0; index < at.length; index++) {
    const span = { from: starts[index] as number, to: Math.min(to, starts[index + 1] ?? to) }
    if (span.to <= span.from) continue
    if (min[index] === max[index]) out.push({ ...span, state: meaning(max[index] as number) })
    else {
      // From its end to the next bucket, the last sample of the mixed bucket is valid.
      const end = Math.min(span.to, Math.floor((at[index] as number) / stepMs) * stepMs + stepMs)
      out.push({ from: span.from, to: end, pieces: splitBucket(columns, index, { from: span.from, to: end }, meaning) })
      if (end < span.to) out.push({ from: end, to: span.to, state: meaning(columns.last?.[index] ?? (max[index] as number)) })
    }
  }
  return out.flatMap((one): readonly (Piece | MixedBucket)[] =>
    'pieces' in one ? [{ ...one, pieces: withGaps(one.pieces, columns.gaps) }] : withGaps([one], columns.gaps),
  )
}

/**
 * Splits a bucket by its first and last sample and the share of the higher value: exact for two values if one of them occurred in one run only. With
 * three values, only the states at both ends are exact.
 */
function splitBucket({ min, max, count = [], sum = [], first = [], last = [] }: SeriesColumns, index: number, { from, to }: Span, meaning: Meaning): Piece[] {
  const [low, high, begins, ends] = [min[index], max[index], first[index], last[index]] as [number, number, number, number]
  const mean = (sum[index] as number) / (count[index] as number)
  const highMs = (to - from) * Math.min(1, Math.max(0, (mean - low) / (high - low)))
  if (begins !== ends) {
    const turn = begins > ends ? from + highMs : to - highMs
    return [
      { from, to: turn, state: meaning(begins) },
      { from: turn, to, state: meaning(ends) },
    ]
  }
  const other = begins === high ? low : high
  const otherMs = other === high ? highMs : to - from - highMs
  const middle = from + (to - from - otherMs) / 2
  return [
    { from, to: middle, state: meaning(begins) },
    { from: middle, to: middle + otherMs, state: meaning(other) },
    { from: middle + otherMs, to, state: meaning(ends) },
  ]
}

/** The pieces, with the state null within these gaps, which must be sorted. */
export function withGaps(pieces: readonly Piece[], gaps: readonly (readonly [number, number])[]): Piece[] {
  const out: Piece[] = []
  let first = 0
  for (const piece of pieces) {
    let { from } = piece
    while ((gaps[first]?.[1] ?? Number.POSITIVE_INFINITY) <= from) first++
    for (let gap = first; gap < gaps.length && from < piece.to; gap++) {
      const [begins, ends] = gaps[gap] as readonly [number, number]
      if (begins >= piece.to) break
      if (begins > from) out.push({ from, to: begins, state: piece.state })
      const until = Math.min(ends, piece.to)
      out.push({ from: Math.max(from, begins), to: until, state: null })
      from = until
    }
    if (from < piece.to) out.push({ ...piece, from })
  }
  return out
}

/** Before its first sample, a subject was not watched yet, so it counts as absent. */
export function sinceFirst(pieces: readonly Piece[]): readonly Piece[] {
  return pieces.map((piece, index) => (index === 0 && piece.state === null ? { ...piece, state: 'absent' } : piece))
}

/** Merges adjacent pieces of equal state, also across short holes between them. */
export function joined(pieces: Iterable<Piece>): Piece[] {
  const out: { from: number; to: number; state: PieceState | null; isTold?: boolean }[] = []
  for (const piece of pieces) {
    if (piece.to <= piece.from) continue
    const [before, hole] = [out.at(-2), out.at(-1)]
    if (hole?.state === piece.state) {
      hole.to = piece.to
      if (piece.isTold === true) hole.isTold = true
    } else if (hole?.state === null && before !== undefined && before.state === piece.state && hole.to - hole.from <= bridgedMs) {
      out.pop()
      before.to = piece.to
    } else out.push({ ...piece })
  }
  return out
}

/** For a server: downtime that began while this console was about to detect that it has no network itself becomes unknown (null). */
export function withoutNetwork(pieces: readonly Piece[], offline: readonly Span[]): readonly Piece[] {
  if (offline.length === 0) return pieces
  const isOwn = (piece: Piece) =>
    piece.state === 'down' && offline.some(({ from, to }) => piece.from < to && piece.to >= from - bridgedMs && from - piece.from <= bridgedMs)
  return joined(pieces.map((piece) => (isOwn(piece) ? { ...piece, state: null } : piece)))
}

/** For a server: one or two missed polls between answers, shorter than `leastMs`, are no outage unless one was told. */
export function withoutSlips(pieces: readonly Piece[], leastMs: number): readonly Piece[] {
  const isUp = (piece: Piece | undefined) => piece?.state === 'up'
  const isSlip = (piece: Piece, index: number) =>
    piece.state === 'down' && piece.isTold !== true && piece.to - piece.from < leastMs && isUp(pieces[index - 1]) && isUp(pieces[index + 1])
  return joined(pieces.map((piece, index) => (isSlip(piece, index) ? { ...piece, state: 'up' } : piece)))
}

/**
 * Completes a stream's state by that of its server: without a sample, the stream was absent if the server answered, and is unknown if the server did not and
 * the stream was expected before. It is also unknown from the last answer before an outage, or the refusal of a
 * password, that was told.
 */
export function withHolesFilled(pieces: readonly Piece[], server: readonly Piece[]): readonly Piece[] {
  const out: Piece[] = []
  let before: PieceState = 'absent'
  let at = 0
  for (const piece of pieces) {
    while ((server[at]?.to ?? Number.POSITIVE_INFINITY) <= piece.from) at++
    if (piece.state !== null) {
      before = piece.state
      if (before === 'absent') {
        out.push(piece)
        continue
      }
      let { from } = piece
      for (let place = at; from < piece.to; place++) {
        const of = server[place]
        const to = Math.min(of?.to ?? piece.to, piece.to)
        out.push({ from, to, state: (of?.state === 'down' || of?.state === 'unknown') && of.isTold === true ? 'unknown' : piece.state })
        from = to
      }
      continue
    }
    for (let place = at; ; place++) {
      const of = server[place]
      if (of === undefined || of.from >= piece.to) break
      const [from, to] = [Math.max(of.from, piece.from), Math.min(of.to, piece.to)]
      // Both are accurate to a minute at worst.
      if (of.state === 'up' && to - from > bridgedMs) before = 'absent'
      out.push({ from, to, state: before === 'absent' ? 'absent' : 'unknown' })
    }
  }
  return out
}
