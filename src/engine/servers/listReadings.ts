import type { Fields } from './apiAnswers.ts'
import { answerLimits, checkFields, sessionFields } from './apiFields.ts'
import type { ListReading } from './apiLists.ts'
import type { FieldFaults } from './fieldFaults.ts'
import { type JsonLimits, listLimits } from './jsonInSlices.ts'
import { readForward } from './parseForwards.ts'
import { createPathParser } from './parsePaths.ts'
import { readRecording, recordingLimits, recordingsPerPage } from './parseRecordings.ts'
import { readSession } from './parseSessions.ts'
import { createPathListBytes, type PathListBytes } from './pathListBytes.ts'
import type { ForwardReading, PathReading, RecordingReading, SessionListName, SessionReading } from './readings.ts'
import { createSessionListBytes } from './sessionListBytes.ts'
import { ShapeError } from './shapeError.ts'

/** Entries of a configuration are ten times as long as those of other lists. */
const configuredPathsPerPage = 1_000

/** The list of paths of one server. */
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
  const { read } = createSessionListBytes(list, faults)
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

/** The session lists of one server. Each has what was learned of the fields of its last answer, and its readings to overwrite. */
export function createSessionListReadings(faults: FieldFaults, perPage: number) {
  const readings = new Map<SessionListName, ListReading<SessionReading>>()
  return {
    of: (list: SessionListName): ListReading<SessionReading> => {
      let reading = readings.get(list)
      if (reading === undefined) {
        reading = createSessionListReading(list, faults, perPage)
        readings.set(list, reading)
      }
      return reading
    },
    /** Drops both, in an outage. */
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
