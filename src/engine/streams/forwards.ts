import type { Clock } from '../../clock/clock.ts'
import { wallAt } from '../../clock/wallAt.ts'
import type { ServerError } from '../../shared/errors.ts'
import { aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import { type Forward, type ForwardState, forwardName, type ServerForwards } from '../../shared/forwards.ts'
import type { ForwardReading, ForwardsReading } from '../servers/readings.ts'
import { groupStreamEvents } from './groupEvents.ts'
import { bitrate, orNull } from './pathSamples.ts'
import type { Destination, Forwards, ServerStreams, Turn } from './serverState.ts'
import { configurationOf, type StreamRecord } from './streamRecord.ts'

/** Older readings don't count for the current state. */
const staleAfterMs = 120_000
/** Maximum number of destinations named in one event. */
const mostNames = 5

export function createForwards(): Forwards {
  return { byPath: new Map(), isRead: false, error: null, turns: [] }
}

/** Whether a stream is forwarded according to the server's configuration; null: not read yet. */
const isForwarded = ({ configured }: ServerStreams, record: StreamRecord): boolean | null =>
  configured === null ? null : configurationOf(configured, record)?.forwards === true

/** Listed paths that are forwarded, least recently read first. */
export function forwardedPaths(server: ServerStreams): readonly string[] {
  if (!server.anyForwards) return []
  const readAt = ({ path }: StreamRecord) => server.forwards.byPath.get(path)?.[0]?.arrivedAt ?? Number.NEGATIVE_INFINITY
  return server.rows
    .filter((record) => record.present && isForwarded(server, record) === true)
    .sort((one, other) => readAt(one) - readAt(other) || 0)
    .map(({ path }) => path)
}

/** Forwarded paths for which the API provides information that the metrics lack. */
export function unexplainedPaths(server: ServerStreams): readonly string[] {
  return forwardedPaths(server).filter((path) =>
    server.forwards.byPath.get(path)?.some(({ address, state, position }) => state === 'error' || (address ?? position) === null),
  )
}

/** Whether a destination is failing. One that failed before recovers only when it really sends: the state `forwarding` alone is no proof. */
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
  // One response has its state, the next one, a moment later, its error: the bytes between these two can't give the rate between turns.
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

/** Stores a reading. Unknown paths, and paths that are not forwarded, are ignored. */
export function takeForwards(server: ServerStreams, { arrivedAt, paths }: ForwardsReading, clock: Clock): void {
  const { forwards } = server
  const readAt = wallAt(clock, arrivedAt)
  for (const [path, readings] of paths) {
    const record = server.byPath.get(path)
    if (record === undefined || isForwarded(server, record) !== true) continue
    const before = forwards.byPath.get(path) ?? []
    const ids = new Set(readings.map(({ id }) => id))
    // After the server or the stream restarts, destinations have new ids and follow the order of the configuration.
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

/** Called when a turn of reading forwards has ended. Returns the events for what it found. */
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
  // Until the configuration is known, it is unknown which paths to read.
  if (error === null && server.configured !== null) forwards.isRead = true
  return groupStreamEvents([...groups.values()].flatMap((turns) => eventOf(server, turns, at)))
}

function eventOf(server: ServerStreams, turns: readonly Turn[], at: number): readonly NewEvent[] {
  const [first] = turns
  if (first === undefined) return []
  const about = aboutStream(server, first.path)
  // The error may have come with a later response of the same turn.
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

/** Forward destinations of a stream for display. null: unknown whether it has any. */
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

/** Number of destinations of a stream, and how many of them are failing; NaN: unknown. */
export function forwardCounts(server: ServerStreams, record: StreamRecord, now: number): { readonly forwards: number; readonly forwardsFailing: number } {
  if (!server.anyForwards) return noCounts
  const destinations = server.forwards.byPath.get(record.path)
  if (destinations === undefined || !destinations.every((destination) => isFresh(destination, now))) return noCounts
  return { forwards: destinations.length, forwardsFailing: countFailing(destinations, record, now) }
}
const noCounts = { forwards: Number.NaN, forwardsFailing: Number.NaN }
