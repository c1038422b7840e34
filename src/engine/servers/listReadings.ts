import { redactText, secretMark } from '../../shared/redact.ts'
import { quoted } from '../../shared/visibleText.ts'
import {
  answerLimits,
  checkFields,
  type FieldChecker,
  type FieldFaults,
  forwardConfFields,
  forwardFields,
  parseTime,
  recordingFields,
  sessionFields,
} from './apiFields.ts'
import { type JsonLimits, listLimits, ShapeError } from './jsonInSlices.ts'
import { createPathParser } from './parsePaths.ts'
import { createSessionListReader, readSession } from './parseSessions.ts'
import { createPathListBytes, type PathListBytes } from './pathListBytes.ts'
import type { ForwardReading, PathReading, RecordingReading, RecordingSegment, SessionListName, SessionReading } from './readings.ts'
import type { Fields, ListReading } from './serverApi.ts'
import { shownAddress } from './shownConfiguration.ts'
import { decoded } from './streamAddress.ts'

/** Entries of a configuration are ten times as long as those of other lists. */
const configuredPathsPerPage = 1_000

export function createPathListReading(faults: FieldFaults, perPage: number) {
  const parser = createPathParser(faults)
  const pages: PathListBytes[] = []
  const reading: ListReading<PathReading> = {
    perPage,
    most: answerLimits.paths,
    keyOf: ({ name }) => name,
    // Parsed by comparing it with the last answer, because it is the most frequent and the largest answer.
    quick: (page) => {
      pages[page] ??= createPathListBytes(parser)
      return pages[page].read
    },
    limits: listLimits,
    read: parser.read,
    noted: 'paths',
  }
  return {
    reading,
    /** Call before each list: its readings replace those of the last one. */
    begin: parser.begin,
    /** Drops the data for comparing the next answer, in an outage. */
    forget: (): void => {
      pages.length = 0
    },
    refusedNames: parser.refusedNames,
  }
}

function createSessionListReading(list: SessionListName, faults: FieldFaults, perPage: number): ListReading<SessionReading> {
  const read = createSessionListReader(list, faults)
  return {
    perPage,
    most: answerLimits.sessions,
    keyOf: ({ id }) => id,
    quick: (page) => (body, slice, signal) => read(page, body, slice, signal),
    limits: listLimits,
    read: (raw, index) => {
      if (typeof raw !== 'object' || raw === null) throw new ShapeError({ kind: 'otherForm', field: `items[${index}]` })
      return readSession(list, checkFields(raw as Fields, sessionFields, faults), index)
    },
    noted: list,
  }
}

/** The session lists of one server, each with the readings that its next answer overwrites. */
export function createSessionListReadings(faults: FieldFaults, perPage: number) {
  const readings = new Map<SessionListName, ListReading<SessionReading>>()
  return {
    of: (list: SessionListName): ListReading<SessionReading> => {
      const reading = readings.get(list) ?? createSessionListReading(list, faults, perPage)
      readings.set(list, reading)
      return reading
    },
    /** Drops them, in an outage. */
    forget: (): void => readings.clear(),
  }
}

/** `limits`: of one entry. */
export function configuredPathListReading(limits: JsonLimits): ListReading<Fields> {
  return {
    perPage: configuredPathsPerPage,
    most: answerLimits.configuredPaths,
    keyOf: ({ name }) => String(name),
    quick: null,
    limits: { ...limits, items: configuredPathsPerPage },
    read: (raw) => (typeof raw === 'object' && raw !== null ? (Array.isArray(raw) ? {} : (raw as Fields)) : null),
    noted: 'configured paths',
  }
}

export function recordingListReading(faults: FieldFaults): ListReading<RecordingReading> {
  return {
    perPage: recordingsPerPage,
    most: answerLimits.recordedPaths,
    keyOf: ({ path }) => path,
    quick: null,
    limits: recordingLimits,
    read: (raw) => readRecording(raw, faults),
    noted: 'recordings',
  }
}

export function forwardListReading(faults: FieldFaults): ListReading<ForwardReading> {
  return {
    // One more than are kept says that there are more.
    perPage: answerLimits.forwardsOfPath + 1,
    most: answerLimits.forwardsOfPath,
    keyOf: ({ id }) => id,
    quick: null,
    limits: listLimits,
    read: (raw, index) => readForward(raw, index, faults),
    noted: 'forwards',
  }
}

type Raw = Readonly<Record<string, unknown>>

/** Shorter parts of an address are words such as `app`, and would hide half of a sentence. */
const shortestSecret = 4
const longestError = 300

/** What stands in an address and is not shown of it: a server may say it again in what went wrong. */
function secretsOf(address: string, shown: string): readonly string[] {
  const parts = address.split(/[/?#&=@:,]+/).flatMap((part) => [part, decoded(part)])
  return parts.filter((part) => part.length >= shortestSecret && !shown.includes(part)).sort((one, other) => other.length - one.length)
}

/** What a server says in its own words of an address, without what that address hides. null: nothing. */
function saidOf(address: string, token: string, text: string | null | undefined): string | null {
  let said = text ?? ''
  for (const secret of [...secretsOf(address, shownAddress(address)), ...(token === '' ? [] : [token])]) said = said.replaceAll(secret, secretMark)
  return quoted(redactText(said), longestError)
}

function readForward(raw: unknown, index: number, checker: FieldChecker): ForwardReading {
  if (typeof raw !== 'object' || raw === null) throw new ShapeError({ kind: 'otherForm', field: `items[${index}]` })
  const { id, pos, type, state, lastError, outboundBytes, conf } = checkFields(raw as Raw, forwardFields, checker)
  const { dest, whipBearerToken } = checkFields(conf ?? {}, forwardConfFields, checker)
  return {
    id: id ?? '',
    position: pos ?? null,
    protocol: type ?? null,
    address: dest ? shownAddress(dest) : null,
    state: state ?? null,
    lastError: saidOf(dest ?? '', whipBearerToken ?? '', lastError),
    outboundBytes: outboundBytes ?? null,
  }
}

/** Words that look drawn by lot may be keys of an address that is not known here. */
const drawnByLot = /(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}/g

/** What a server says of a source, without addresses' secrets. null: nothing. */
export function saidOfSource(text: string | null | undefined): string | null {
  return quoted(redactText(text ?? '').replace(drawnByLot, secretMark), longestError)
}

/** Streams of one page: each brings all its segments. */
const recordingsPerPage = 200

/** Only what is read of recordings. */
export const recordingLimits: JsonLimits = {
  text: 1_024,
  items: 100_000,
  keys: 20,
  wanted: new Set(['items', 'pageCount', 'name', 'segments', 'start']),
}

/** Clocks of servers differ from ours; a segment that begins later than this is none. */
const mostAheadMs = 86_400_000

/** One stream of a list of recordings, with its newest segments; null: it has no name. */
export function readRecording(raw: unknown, checker: FieldChecker): RecordingReading | null {
  if (typeof raw !== 'object' || raw === null) return null
  const { name, segments } = checkFields(raw as Readonly<Record<string, unknown>>, recordingFields, checker)
  if (typeof name !== 'string' || name === '') return null
  const all = segments ?? []
  const newest = all.slice(-answerLimits.segmentsOfPath)
  const latest = checker.now() + mostAheadMs
  const starts = new Float64Array(newest.length)
  let count = 0
  for (const segment of newest) {
    const at = typeof segment === 'object' && segment !== null ? parseTime((segment as { readonly start?: unknown }).start) : null
    if (at !== null && at >= 0 && at <= latest) starts[count++] = at
    else checker.note('segments.start', at === null ? 'type' : 'impossible')
  }
  return { path: name, starts: starts.slice(0, count).sort(), cut: all.length > newest.length }
}

const longestStart = 64
/** The segments of one stream that begin within `from` and `to`, oldest first, with the starts as its server wrote them: by these it knows its files. */
export function readSegments(raw: Readonly<Record<string, unknown>>, from: number, to: number, checker: FieldChecker): RecordingSegment[] {
  const { segments } = checkFields(raw, recordingFields, checker)
  const found: RecordingSegment[] = []
  for (const segment of segments ?? []) {
    const start = typeof segment === 'object' && segment !== null ? (segment as { readonly start?: unknown }).start : null
    const at = parseTime(start)
    if (typeof start === 'string' && start.length <= longestStart && at !== null && at >= from && at < to) found.push({ start, at })
  }
  return found.sort((a, b) => a.at - b.at)
}
