import type { Slice } from '../../clock/slices.ts'
import { outageEnd } from '../../shared/availability.ts'
import { type DeckEvent, type EventKind, outageSinceOfEvent } from '../../shared/events.ts'
import type { Span } from '../../shared/maintenance.ts'
import type { SubjectOf } from '../../shared/subjectNames.ts'
import { partOf } from '../../shared/subjectNames.ts'
import type { History } from '../history/history.ts'
import { bridgedMs, type MixedBucket, type Piece, type PieceState } from './statePieces.ts'

/** A change of state as an event tells it: it took place at `from`, and was seen by a poll at `seenAt`. */
export interface StateChange {
  readonly from: number
  readonly seenAt: number
  readonly state: PieceState
}
/** By path, those of the server or probe itself under null; in order of time. */
export type ChangesOfOwner = ReadonlyMap<string | null, readonly StateChange[]>

/** Events read at once, and the most changes of a report: of anything before them only samples are known. */
const eventsAtOnce = 1_000
export const mostChanges = 300_000

/** A sample is dated by its slot, the event of the same answer by its arrival: at most so much later, ms. */
const arrivesWithinMs = 5_000

type ChangeKind =
  | 'streamOn'
  | 'streamRecovered'
  | 'streamOff'
  | 'streamStalled'
  | 'slateOn'
  | 'streamEnded'
  | 'serverUp'
  | 'serverSilent'
  | 'serverDown'
  | 'probeUp'
  | 'probeDown'
const stateAfter: Readonly<Partial<Record<EventKind, PieceState>> & Record<ChangeKind, PieceState>> = {
  streamOn: 'up',
  streamRecovered: 'up',
  streamOff: 'down',
  streamStalled: 'down',
  slateOn: 'down',
  streamEnded: 'absent',
  serverUp: 'up',
  serverSilent: 'up',
  serverDown: 'down',
  probeUp: 'up',
  probeDown: 'down',
}
const kinds = Object.keys(stateAfter)

/** Errors that say nothing of whether it is up. */
const refusals: ReadonlySet<unknown> = new Set(['unauthorized', 'forbidden', 'secretMissing', 'addressUnreadable'])

/** What events say of a probe, or of a server and its streams, in a period, and of its last change before it. `most`: how many changes are read, the newest. */
export async function readChanges(
  { history, slice, signal }: { readonly history: Pick<History, 'events'>; readonly slice: Slice; readonly signal: AbortSignal },
  of: SubjectOf<'server' | 'probe'>,
  { from, to }: Span,
  most: number,
): Promise<ChangesOfOwner> {
  const newestFirst = new Map<string | null, DeckEvent[]>()
  let left = most
  for (let before: number | undefined; left > 0; ) {
    const page = await history.events({ of, kinds, from, to, limit: eventsAtOnce, withPaths: true, ...(before !== undefined && { before }) })
    for (const event of page) {
      const paths = event.facts.paths
      for (const path of Array.isArray(paths) ? (paths as string[]) : [event.subject && partOf(event.subject)]) {
        const known = newestFirst.get(path)
        if (known === undefined) newestFirst.set(path, [event])
        else known.push(event)
        left--
      }
      if (slice.isOver()) await slice.next(signal)
    }
    before = page.at(-1)?.id
    if (page.length < eventsAtOnce) break
  }
  const [earlier] = await history.events({ of, kinds: ['serverDown', 'serverUp', 'probeDown', 'probeUp'], to: from, limit: 1 })
  if (earlier !== undefined) newestFirst.set(null, [...(newestFirst.get(null) ?? []), earlier])
  return new Map(Array.from(newestFirst, ([path, events]) => [path, changesOf(events.reverse())]))
}

/** Of one subject, from its events in order of time. */
function changesOf(events: readonly DeckEvent[]): readonly StateChange[] {
  const changes: StateChange[] = []
  const add = (state: PieceState, from: number, seenAt: number): void => {
    changes.push({ state, seenAt, from: Math.min(seenAt, Math.max(from, changes.at(-1)?.from ?? from)) })
  }
  for (const event of events) {
    const { at, kind, facts } = event
    const state = stateAfter[kind as ChangeKind]
    const maxMs = typeof facts.maxMs === 'number' ? facts.maxMs : Number.POSITIVE_INFINITY
    const last = changes.at(-1)
    // It was not known to be silent until it answered again.
    if (kind === 'serverSilent') add('down', Number.isFinite(maxMs) ? at - maxMs : at, at)
    if (state === 'down') {
      if (refusals.has((facts.error as { readonly kind?: unknown } | undefined)?.kind)) add('unknown', at, at)
      else add('down', outageSinceOfEvent(event) ?? at, at)
    } else if (state === 'up' && last?.state === 'down') add(state, outageEnd(last.from, maxMs, at), at)
    else add(state, at, at)
  }
  return changes
}

/**
 * The states of a subject by its samples, where none of its changes is known, and else by these, which have true times: a poll sees a change late, and a
 * bucket of differing samples only has their totals.
 */
export function withChanges(pieces: readonly (Piece | MixedBucket)[], changes: readonly StateChange[]): Piece[] {
  const out: Piece[] = []
  let next = 0
  let seen = 0
  let told: StateChange | null = null
  for (const whole of pieces) {
    const isMixed = 'pieces' in whole
    while ((changes[seen]?.seenAt ?? Number.POSITIVE_INFINITY) < whole.from) seen++
    const explainedFrom = isMixed && (changes[seen]?.seenAt ?? Number.POSITIVE_INFINITY) < whole.to ? whole.from : Number.POSITIVE_INFINITY
    const first = isMixed ? (whole.pieces.find(({ state }) => state !== null)?.state ?? null) : null
    for (const piece of isMixed ? whole.pieces : [whole])
      for (let { from } = piece; from < piece.to; ) {
        for (let change = changes[next]; change !== undefined && change.from <= from; change = changes[++next]) told = change
        const until = told !== null && told.seenAt > from ? told.seenAt : Number.POSITIVE_INFINITY
        const to = Math.min(piece.to, changes[next]?.from ?? Number.POSITIVE_INFINITY, until)
        const sampled = explainedFrom <= from && piece.state !== null ? first : piece.state
        const ahead = changes[next]
        // Until its first sample a bucket has the state of that.
        const isAhead = ahead !== undefined && ahead.state === sampled && ahead.from - from <= (to < piece.to ? bridgedMs : arrivesWithinMs)
        const isShort = piece.to - piece.from <= bridgedMs
        const isTold =
          told !== null &&
          (sampled === null ? told.state === 'down' && isShort : isAhead || told.seenAt >= Math.min(explainedFrom, from + 1) || overrules(told.state, sampled))
        // What samples contradict for longer is over: nobody saw it end.
        if (!isMixed && !isTold && (sampled === 'up' || sampled === 'absent')) told = null
        out.push({ from, to, ...(isTold && told !== null ? { state: told.state, isTold } : { state: sampled }) })
        from = to
      }
  }
  return out
}

/** A refused password says nothing of whether the server is up, and an outage goes on while its stream is about to be judged. */
const overrules = (told: PieceState, sampled: PieceState): boolean =>
  told === 'down' ? sampled === 'unknown' || sampled === 'down' : told === 'unknown' && sampled === 'down'
