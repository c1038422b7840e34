import type { Clock } from '../../clock/clock.ts'
import { wallAt } from '../../clock/wallAt.ts'
import type { ServerError } from '../../shared/errors.ts'
import { aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import { type Forward, type ForwardState, forwardName, type ServerForwards } from '../../shared/forwards.ts'
import type { ForwardReading, ForwardsReading } from '../servers/readings.ts'
import { groupStreamEvents } from './groupEvents.ts'
import { bitrate, orNull } from './pathSamples.ts'
import type { ServerStreams } from './serverStreams.ts'
import { configurationOf, type StreamRecord } from './streamRecord.ts'

/** What was read longer ago says nothing about now. */
const staleAfterMs = 120_000
/** In one sentence. */
const mostNames = 5

/** A destination as it was last read. */
interface Destination extends ForwardReading {
  /** Monotonic. */
  readonly arrivedAt: number
  readonly readAt: number
  readonly failingSince: number | null
  readonly bitrateBps: number
}

/** A destination that fails from now on, or does so no more. */
interface Turn {
  readonly path: string
  readonly kind: 'forwardFailing' | 'forwardRecovered'
  readonly destination: Destination
  /** It is not forwarded to any more. */
  readonly removed: boolean
}

/** Forward destinations of one server. */
export interface Forwards {
  /** By path. */
  readonly byPath: Map<string, readonly Destination[]>
  /** Read whole once: from then on what changes is news. */
  isRead: boolean
  error: ServerError | null
  turns: Turn[]
}

export const createForwards = (): Forwards => ({ byPath: new Map(), isRead: false, error: null, turns: [] })

/** Whether its configuration says that a stream is forwarded; null: it was not read yet. */
const isForwarded = ({ configured }: ServerStreams, record: StreamRecord): boolean | null =>
  configured === null ? null : configurationOf(configured, record)?.forwards === true

/** Listed paths that are forwarded, the one read longest ago first. */
export function forwardedPaths(server: ServerStreams): readonly string[] {
  if (!server.anyForwards) return []
  const readAt = ({ path }: StreamRecord) => server.forwards.byPath.get(path)?.[0]?.arrivedAt ?? Number.NEGATIVE_INFINITY
  return server.rows
    .filter((record) => record.present && isForwarded(server, record) === true)
    .sort((one, other) => readAt(one) - readAt(other) || 0)
    .map(({ path }) => path)
}

/** Those of which the API has to say more than metrics do. */
export const unexplainedPaths = (server: ServerStreams): readonly string[] =>
  forwardedPaths(server).filter((path) =>
    server.forwards.byPath.get(path)?.some(({ address, state, position }) => state === 'error' || (address ?? position) === null),
  )

/** Whether it goes on failing, where it failed before: that it says to forward is no proof. */
function isFailing(reading: ForwardReading, before: Destination | undefined): boolean {
  if (reading.state === 'error') return true
  if (before === undefined || before.failingSince === null) return false
  const sentMore = (reading.outboundBytes ?? Number.NaN) > (before.outboundBytes ?? Number.NaN)
  const goesOn = reading.state === 'forwarding' && before.state === 'forwarding'
  return !(goesOn && (sentMore || reading.outboundBytes === null))
}

function destinationOf(reading: ForwardReading, before: Destination | undefined, arrivedAt: number, readAt: number): Destination {
  const failing = isFailing(reading, before)
  const isSame = before?.id === reading.id
  // One answer tells its state, the next one, a moment later, its error: their bytes say nothing about what was sent between two turns.
  const isSameTurn = isSame && arrivedAt - before.arrivedAt < shortestTurnMs
  const sent = bitrate(reading.outboundBytes ?? Number.NaN, before?.outboundBytes ?? Number.NaN, arrivedAt - (before?.arrivedAt ?? Number.NaN))
  return {
    id: reading.id,
    position: reading.position ?? before?.position ?? null,
    protocol: reading.protocol ?? before?.protocol ?? null,
    address: reading.address ?? before?.address ?? null,
    state: reading.state,
    lastError: failing ? (reading.lastError ?? before?.lastError ?? null) : null,
    outboundBytes: reading.outboundBytes,
    arrivedAt,
    readAt,
    failingSince: failing ? (before?.failingSince ?? readAt) : null,
    bitrateBps: isSameTurn ? before.bitrateBps : isSame && reading.state === 'forwarding' && !failing ? sent : Number.NaN,
  }
}
const shortestTurnMs = 1_000

/** Takes what an answer says. Of paths that nobody knows, or that are not forwarded, nothing is kept. */
export function takeForwards(server: ServerStreams, { arrivedAt, paths }: ForwardsReading, clock: Clock): void {
  const { forwards } = server
  const readAt = wallAt(clock, arrivedAt)
  for (const [path, readings] of paths) {
    const record = server.byPath.get(path)
    if (record === undefined || isForwarded(server, record) !== true) continue
    const before = forwards.byPath.get(path) ?? []
    const ids = new Set(readings.map(({ id }) => id))
    // After a start of the server, or of the stream, destinations have other ids, and the order of the configuration.
    const lost = before.filter(({ id }) => !ids.has(id))
    const known = (reading: ForwardReading, index: number) =>
      before.find(({ id }) => id === reading.id) ?? lost.find(({ position }) => position !== null && position === (reading.position ?? index + 1))
    const now = readings.map((reading, index) => destinationOf(reading, known(reading, index), arrivedAt, readAt))
    forwards.byPath.set(path, now)
    if (!forwards.isRead) continue
    for (const [index, destination] of now.entries()) {
      const was = known(destination, index)?.failingSince ?? null
      if (was === null && destination.failingSince !== null) forwards.turns.push({ path, kind: 'forwardFailing', destination, removed: false })
      if (was !== null && destination.failingSince === null) forwards.turns.push({ path, kind: 'forwardRecovered', destination, removed: false })
    }
    for (const destination of lost)
      if (destination.failingSince !== null && !now.some(({ position }) => position === destination.position))
        forwards.turns.push({ path, kind: 'forwardRecovered', destination, removed: true })
  }
}

/** A turn of reading them ended: what it found is told at once. */
export function forwardsRead(server: ServerStreams, error: ServerError | null, at: number): readonly NewEvent[] {
  const { forwards } = server
  forwards.error = error
  for (const [path, destinations] of forwards.byPath) {
    const record = server.byPath.get(path)
    if (record !== undefined && isForwarded(server, record) !== false) continue
    forwards.byPath.delete(path)
    if (record !== undefined)
      for (const destination of destinations)
        if (destination.failingSince !== null) forwards.turns.push({ path, kind: 'forwardRecovered', destination, removed: true })
  }
  const groups = new Map<string, Turn[]>()
  for (const turn of forwards.turns) {
    const key = JSON.stringify([turn.path, turn.kind, turn.removed])
    groups.set(key, [...(groups.get(key) ?? []), turn])
  }
  forwards.turns = []
  // Until its configuration is known nobody knows what to read.
  if (error === null && server.configured !== null) forwards.isRead = true
  return groupStreamEvents([...groups.values()].flatMap((turns) => eventOf(server, turns, at)))
}

function eventOf(server: ServerStreams, turns: readonly Turn[], at: number): readonly NewEvent[] {
  const [first] = turns
  if (first === undefined) return []
  const about = aboutStream(server, first.path)
  // Its error may have come with a later answer of the same turn.
  const latest = turns.map(({ path, destination }) => server.forwards.byPath.get(path)?.find(({ id }) => id === destination.id) ?? destination)
  const facts = { destinations: latest.slice(0, mostNames).map(forwardName), all: latest.length }
  return first.kind === 'forwardFailing'
    ? [newEvent('forwardFailing', at, { ...facts, lastError: latest.find(({ lastError }) => lastError !== null)?.lastError ?? null }, about)]
    : [newEvent('forwardRecovered', at, { ...facts, removed: first.removed }, about)]
}

function shownState({ state, failingSince }: Destination, isKnown: boolean, isOnAir: boolean): ForwardState {
  if (!isKnown) return 'unknown'
  if (state === 'idle' || !isOnAir) return 'waiting'
  if (failingSince !== null) return 'failing'
  return state === 'forwarding' ? 'forwarding' : 'unknown'
}

const isFresh = ({ arrivedAt }: Destination, now: number) => now - arrivedAt <= staleAfterMs

/** Forward destinations of a stream as they are shown. null: whether it has any is not known. */
export function forwardsOf(server: ServerStreams, record: StreamRecord, clock: Clock): Forward[] | null {
  const destinations = server.forwards.byPath.get(record.path)
  if (destinations === undefined) return isForwarded(server, record) === false ? [] : null
  const isAsked = server.shown.lostWhy === null
  return destinations.map((destination) => {
    const state = shownState(destination, isAsked && isFresh(destination, clock.monotonic()), record.available)
    const { id, position, protocol, address, lastError, outboundBytes, readAt, failingSince, bitrateBps } = destination
    return {
      id,
      position,
      protocol,
      address,
      state,
      failingSince: state === 'failing' ? failingSince : null,
      lastError: state === 'failing' ? lastError : null,
      bytesSent: outboundBytes,
      bitrateBps: state === 'forwarding' ? orNull(bitrateBps) : null,
      readAt,
    }
  })
}

const rank: Readonly<Record<ForwardState, number>> = { failing: 0, unknown: 1, forwarding: 2, waiting: 3 }
/** All forward destinations of a server. */
export function serverForwardsOf(server: ServerStreams, clock: Clock): ServerForwards {
  const destinations = [...server.forwards.byPath.keys()].sort().flatMap((path) => {
    const record = server.byPath.get(path)
    return record === undefined ? [] : (forwardsOf(server, record, clock) ?? []).map((forward) => ({ path, ...forward }))
  })
  return {
    configured: server.configured === null ? null : server.anyForwards,
    error: server.forwards.error,
    destinations: destinations.sort((one, other) => rank[one.state] - rank[other.state]),
  }
}

function countFailing(destinations: readonly Destination[], { available }: StreamRecord, now: number): number {
  let count = 0
  for (const destination of destinations) if (shownState(destination, isFresh(destination, now), available) === 'failing') count++
  return count
}

/** How many destinations a stream has, and how many of them fail; NaN: not known. */
export function forwardCounts(server: ServerStreams, record: StreamRecord, now: number): { readonly forwards: number; readonly forwardsFailing: number } {
  if (!server.anyForwards) return noCounts
  const destinations = server.forwards.byPath.get(record.path)
  if (destinations === undefined || !destinations.every((destination) => isFresh(destination, now))) return noCounts
  return { forwards: destinations.length, forwardsFailing: countFailing(destinations, record, now) }
}
const noCounts = { forwards: Number.NaN, forwardsFailing: Number.NaN }
