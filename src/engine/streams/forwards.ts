import { type Clock, wallAt } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import { type Forward, type ForwardState, forwardName, type ServerForwards } from '../../shared/forwards.ts'
import type { ConfiguredPath, ForwardReading, ForwardsReading } from '../servers/readings.ts'
import type { StreamAddress } from '../servers/streamAddress.ts'
import { groupStreamEvents } from './groupEvents.ts'
import { bitrate, orNull } from './pathSamples.ts'
import type { Destination, ForwardedStream, ForwardIndex, ForwardsTo, ServerStreams, Turn } from './serverState.ts'
import { configurationOf, type StreamRecord } from './streamRecord.ts'

/** Older readings don't count for the current state. */
const staleAfterMs = 120_000
/** Maximum number of destinations named in one event. */
const mostNames = 5

/** Whether a stream is forwarded according to the server's configuration; null: not read yet. */
export function isForwarded({ configured }: ServerStreams, record: StreamRecord): boolean | null {
  return configured === null ? null : configurationOf(configured, record)?.forwards === true
}

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

export const noForwards: ForwardIndex = new Map()

/** Maximum number of patterns per host, because each is tried in a search. */
const mostPatterns = 100

export function indexForwards(paths: readonly ConfiguredPath[]): ForwardIndex {
  const index = new Map<string, ForwardsTo>()
  for (const { name, pattern, forwardedTo = [] } of paths)
    for (const to of forwardedTo) {
      const { host } = to
      const there = index.get(host) ?? { byPath: new Map<string, ForwardedStream[]>(), patterns: [] }
      index.set(host, there)
      const path = pattern ? null : pathFor(to, name, name)
      const same = path === null ? undefined : there.byPath.get(path)
      if (same !== undefined) same.push({ path: name, to })
      else if (path !== null) there.byPath.set(path, [{ path: name, to }])
      else if (pattern && there.patterns.length < mostPatterns) there.patterns.push({ entry: name, to })
    }
  return index
}

/** The address from which a stream is pulled, with its path there; null: it is not pulled, or unknown. */
export function pulledFrom({ configured }: ServerStreams, record: StreamRecord): StreamAddress | null {
  const entry = configurationOf(configured, record)
  if (entry?.pulledFrom === undefined) return null
  const path = pathFor(entry.pulledFrom, entry.name, record.path)
  return path === null ? null : { ...entry.pulledFrom, path }
}

/** The streams of a server that it forwards to a path at a host, '' for its own machine. */
export function forwardedInto({ forwardIndex, byPath }: ServerStreams, host: string, path: string): readonly ForwardedStream[] {
  const there = forwardIndex.get(host)
  if (there === undefined) return []
  const named = there.byPath.get(path) ?? none
  if (there.patterns.length === 0) return named
  const ofPatterns = there.patterns.flatMap(({ entry, to }) => {
    const from = streamFor(to, entry, path)
    return from !== null && byPath.get(from)?.confName === entry ? [{ path: from, to }] : []
  })
  return [...named, ...ofPatterns]
}
const none: readonly ForwardedStream[] = []

// An address in the configuration of a path may have variables: `$MTX_PATH` is the stream, `$G1` the first group of a pattern.

/** What stands before and after the one group of a pattern such as `~^live/(.+)$`; null: it is of another form. */
function aroundGroup(pattern: string): readonly [before: string, after: string] | null {
  const [, before, after] = /^~\^?([\w/-]*)\(\.[+*]\)([\w/-]*)\$?$/.exec(pattern) ?? []
  return before === undefined || after === undefined ? null : [before, after]
}
const between = (text: string, before: string, after: string): string | null =>
  text.length > before.length + after.length && text.startsWith(before) && text.endsWith(after) ? text.slice(before.length, text.length - after.length) : null

const variable = /\$(?:MTX_PATH|G\d)/

/** The path of an address for a stream of the configured path `entry`; null: what stands for its variable is not known. */
export function pathFor({ path }: StreamAddress, entry: string, stream: string): string | null {
  if (!path.includes('$')) return path
  const around = aroundGroup(entry)
  const group = around && between(stream, ...around)
  const filled = path.replaceAll('$MTX_PATH', () => stream).replaceAll('$G1', () => group ?? '$G1')
  return variable.test(filled) ? null : filled
}

/** The other way round: the stream of a pattern that has this path there; null: none, or that is unknown. */
export function streamFor({ path }: StreamAddress, pattern: string, wanted: string): string | null {
  const [found] = variable.exec(path) ?? []
  if (found === undefined) return null
  const [before = '', after = '', ...more] = path.split(found)
  if (more.length > 0 || variable.test(after)) return null
  const filled = between(wanted, before, after)
  if (filled === null || found === '$MTX_PATH') return filled
  const around = found === '$G1' ? aroundGroup(pattern) : null
  return around && `${around[0]}${filled}${around[1]}`
}
