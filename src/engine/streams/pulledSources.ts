import { type Clock, wallAt } from '../../clock/clock.ts'
import { isPulled } from '../../i18n/media.ts'
import type { PulledSource } from '../../shared/streams.ts'
import type { PulledSourceReading } from '../servers/readings.ts'
import type { ServerStreams } from './serverState.ts'
import type { StreamRecord } from './streamRecord.ts'

/** A reading older than this is stale, ms. */
const staleAfterMs = 300_000
/** Maximum number of sources to poll per turn: those in trouble, and others. */
const mostTroubled = 100
const mostOthers = 20
/** A path that the server does not report as pulled is polled again after this. */
const noneAgainMs = 600_000

const isTroubled = ({ available, onDemand, onDemandFailed }: StreamRecord) => !available && (!onDemand || onDemandFailed)

const isPulledNow = ({ present, sourceType }: StreamRecord) => present && isPulled(sourceType)

/** The pulled paths to poll in this turn, least recently read first; those in trouble precede the others. */
export function pulledPaths(server: ServerStreams, now: number): readonly string[] {
  const readAt = ({ path }: Pick<StreamRecord, 'path'>) => server.sources.get(path)?.arrivedAt ?? 0
  const isKnownAsNone = ({ path }: StreamRecord) => server.sources.get(path)?.state === null && now - readAt({ path }) < noneAgainMs
  const oldestFirst = server.rows.filter((record) => isPulledNow(record) && !isKnownAsNone(record)).sort((one, other) => readAt(one) - readAt(other))
  const troubled = oldestFirst.filter(isTroubled).slice(0, mostTroubled)
  const others = oldestFirst.filter((record) => !isTroubled(record)).slice(0, mostOthers)
  return [...troubled, ...others].map(({ path }) => path)
}

/**
 * Whether any pulled stream is in trouble although its last reading says `running`, or has no reading yet. Called in each polling round; the trouble
 * check comes first because few streams fail it.
 */
export function hasUnexplainedSource({ rows, sources }: ServerStreams): boolean {
  return rows.some((record) => isTroubled(record) && isPulledNow(record) && (!sources.has(record.path) || sources.get(record.path)?.state === 'running'))
}

/** Makes error texts comparable: they contain port numbers that differ from attempt to attempt. */
const withoutNumbers = (text: string | null) => text?.replace(/\d+/g, '0') ?? null

/** Stores a source reading. An error that differs from the previous one only in numbers is not a change. */
export function takePulledSource(server: ServerStreams, reading: PulledSourceReading, clock: Clock): void {
  const record = server.byPath.get(reading.path)
  if (record === undefined || !isPulled(record.sourceType)) return
  for (const path of server.sources.keys()) if (!server.byPath.has(path)) server.sources.delete(path)
  server.sources.set(reading.path, { ...reading, readAt: wallAt(clock, reading.arrivedAt) })
  sayWhy(record, reading.state === 'error' ? reading.lastError : null)
}

function sayWhy(record: StreamRecord, said: string | null): void {
  if (withoutNumbers(record.sourceError) === withoutNumbers(said)) return
  record.sourceError = said
  record.factsChanged = true
}

/** Clears the source error of a stream that is available again or no longer pulled. */
export function forgetSourceError(record: StreamRecord): void {
  if (record.sourceError !== null && (record.available || !isPulled(record.sourceType))) sayWhy(record, null)
}

/** The pulled source of a stream in the form to display; null: it has none, or its server does not report it (before 1.21). */
export function pulledSourceOf(server: ServerStreams, { path, sourceType }: StreamRecord, clock: Clock): PulledSource | null {
  const source = server.sources.get(path)
  if (source === undefined || source.state === null || !isPulled(sourceType)) return null
  const isKnown = server.shown.lostWhy === null && clock.monotonic() - source.arrivedAt <= staleAfterMs
  const state = !isKnown ? 'unknown' : source.state === 'error' ? 'failing' : source.state === 'idle' || source.state === 'running' ? source.state : 'unknown'
  return { state, lastError: state === 'failing' ? source.lastError : null, readAt: source.readAt }
}

const codes: Readonly<Record<string, number>> = { idle: 0, running: 1, error: 2 }
/** The source state as a number for history; NaN: unknown. */
export function sourceStateCode(server: ServerStreams, { path }: StreamRecord, now: number): number {
  const source = server.sources.get(path)
  return source === undefined || now - source.arrivedAt > staleAfterMs ? Number.NaN : (codes[source.state ?? ''] ?? Number.NaN)
}
