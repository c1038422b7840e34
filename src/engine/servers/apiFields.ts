import type { Clock } from '../../clock/clock.ts'
import type { ServerCaution } from '../../shared/cautions.ts'
import { mostBitsPerSecond } from '../../shared/units.ts'

/**
 * Every field of MediaMTX's answers that we read: its name and older names, the version that introduced it, its kind, and its
 * bound. Both parsers, that of JSON and that of bytes, use this table: impossible values become
 * unknown (null), values that are too long or too many are cut, and both are recorded as faults.
 */
export interface FieldRule {
  /** Earlier names, newest first; each is used only if no newer one is present. */
  readonly older?: readonly string[]
  /** First version that answers with its present name. */
  readonly since: string
  /**
   * number: 0 to `most`; text: at most `most` characters; time: RFC 3339, to epoch ms; list: at most `most` items;
   * label: a text, or a positive number where a codec counts its profiles.
   */
  readonly kind: 'number' | 'text' | 'label' | 'time' | 'flag' | 'list' | 'object'
  readonly most: number
}
type Rules = Readonly<Record<string, FieldRule>>

/** Go's counters are uint64, but 1 EB takes three years at 100 Gbit/s. Sums of several still fit into the integers of SQLite, which are int64. */
export const mostCounted = 2 ** 60
/** gosrt's packet counters and RTP's jitter are uint32. */
const uint32 = 2 ** 32 - 1
const tenMinutesMs = 600_000
const mostMbps = mostBitsPerSecond / 1e6

const count = (since: string, ...older: readonly string[]) => ({ since, older, kind: 'number', most: mostCounted }) as const
const figure = (since: string, most: number, ...older: readonly string[]) => ({ since, older, kind: 'number', most }) as const
const text = (since: string, most: number) => ({ since, kind: 'text', most }) as const
const time = (since: string, ...older: readonly string[]) => ({ since, older, kind: 'time', most: 0 }) as const
const flag = (since: string, ...older: readonly string[]) => ({ since, older, kind: 'flag', most: 1 }) as const
const list = (since: string, most: number, ...older: readonly string[]) => ({ since, older, kind: 'list', most }) as const
const object = (since: string) => ({ since, kind: 'object', most: 1 }) as const
const label = (since: string) => ({ since, kind: 'label', most: 64 }) as const

/** RTSP requests end at 2,048 bytes, SRT's stream id at 512: so no stream can be published under a longer name. */
export const longestName = 1_024
const nameOf = (since: string) => text(since, longestName)

export const pageFields = {
  items: list('1.0', 100_000),
  pageCount: figure('1.0', 100),
} as const satisfies Rules

export const pathFields = {
  name: nameOf('1.0'),
  confName: nameOf('1.0'),
  source: object('1.0'),
  available: flag('1.16', 'ready'),
  availableTime: time('1.16', 'readyTime'),
  online: flag('1.16'),
  tracks2: list('1.17', 64, 'tracks'),
  readers: list('1.0', 100_000),
  inboundBytes: count('1.17', 'bytesReceived'),
  outboundBytes: count('1.17', 'bytesSent'),
  inboundFramesInError: count('1.17'),
} as const satisfies Rules

/** Counters of a path, by their names in readings. They differ in nearly every answer. */
export const pathCounters = {
  inboundBytes: 'inboundBytes',
  outboundBytes: 'outboundBytes',
  framesInError: 'inboundFramesInError',
} as const satisfies Record<string, keyof typeof pathFields>

/** Fields of a path's source and of each of its readers. */
export const endFields = { type: text('1.0', 64), id: text('1.0', 128) } as const satisfies Rules

export const trackFields = { codec: text('1.17', 64), codecProps: object('1.17') } as const satisfies Rules

export const codecFields = {
  width: figure('1.17', 65_536),
  height: figure('1.17', 65_536),
  profile: label('1.17'),
  level: label('1.17'),
  sampleRate: figure('1.17', 10_000_000),
  channelCount: figure('1.17', 1_024),
} as const satisfies Rules

export const sessionFields = {
  id: text('1.0', 128),
  created: time('1.0'),
  remoteAddr: text('1.0', 256),
  state: text('1.0', 32),
  path: nameOf('1.0'),
  query: text('1.4', 2_048),
  user: text('1.17', 256),
  userAgent: text('1.19', 512),
  isCDN: flag('1.18.1'),
  transport: text('1.5', 64),
  conns: list('1.17', 1_000),
  inboundBytes: count('1.17', 'bytesReceived'),
  outboundBytes: count('1.17', 'bytesSent'),
  outboundFramesDiscarded: count('1.17'),
  inboundRTPPackets: count('1.17', 'rtpPacketsReceived'),
  inboundRTPPacketsLost: count('1.17', 'rtpPacketsLost'),
  inboundRTPPacketsInError: count('1.17', 'rtpPacketsInError'),
  inboundRTPPacketsJitter: figure('1.17', uint32, 'rtpPacketsJitter'),
  outboundRTPPackets: count('1.17', 'rtpPacketsSent'),
  outboundRTPPacketsReportedLost: count('1.17'),
  outboundRTPPacketsDiscarded: count('1.17'),
  msRTT: figure('1.6', tenMinutesMs),
  mbpsLinkCapacity: figure('1.6', mostMbps),
  mbpsReceiveRate: figure('1.6', mostMbps),
  packetsReceivedLoss: count('1.6'),
  packetsReceivedRetrans: count('1.6'),
  packetsReceivedDrop: count('1.6'),
  packetsReceivedBelated: count('1.6'),
  packetsReceivedUndecrypt: count('1.6'),
  msReceiveTsbPdDelay: figure('1.6', tenMinutesMs),
  msReceiveBuf: figure('1.6', tenMinutesMs),
  packetsReceiveBuf: count('1.6'),
  mbpsSendRate: figure('1.6', mostMbps),
  packetsSent: count('1.6'),
  packetsSendLoss: count('1.6'),
  packetsRetrans: count('1.6'),
  packetsSendDrop: count('1.6'),
  msSendTsbPdDelay: figure('1.6', tenMinutesMs),
} as const satisfies Rules

export const forwardFields = {
  id: text('1.20', 128),
  pos: figure('1.20', 10_000),
  type: { ...text('1.21', 32), older: ['protocol'] },
  state: text('1.20', 32),
  /** May repeat what an address hides; shown is a part of it. */
  lastError: text('1.20', 4_096),
  outboundBytes: count('1.20'),
  conf: object('1.20'),
} as const satisfies Rules

export const pulledSourceFields = { state: text('1.21', 32), lastError: text('1.21', 4_096) } as const satisfies Rules

/** Where a forward destination is, with its secrets: never kept. */
export const forwardConfFields = { dest: text('1.20', 4_096), whipBearerToken: text('1.20', 4_096) } as const satisfies Rules

/** Of one stream: the starts of its segments. */
export const recordingFields = { name: nameOf('1.5'), segments: list('1.5', 100_000) } as const satisfies Rules

export const infoFields = { version: text('1.15', 100), started: time('1.15') } as const satisfies Rules

/** Bounds that do not belong to a single field. */
export const answerLimits = {
  /** Of one page. 10,000 paths with 100,000 readers take 10 MB, and so do 10,000 sessions. */
  pageBytes: 16_000_000,
  /** Of all pages of a list together. */
  listBytes: 64_000_000,
  paths: 20_000,
  /** Of all paths together. */
  tracks: 100_000,
  readers: 200_000,
  sessions: 100_000,
  configuredPaths: 20_000,
  /** Forward destinations of one path, and of a server whose metrics tell them. */
  forwardsOfPath: 100,
  forwards: 5_000,
  metricsBytes: 2_000_000,
  recordedPaths: 20_000,
  /** Of one stream: the newest. An hour each, they are those of more than a year. */
  segmentsOfPath: 10_000,
  /** Of all streams of a server together, 8 bytes each. */
  segments: 500_000,
} as const

/** Bounds of configurations, whose fields are shown as received. */
export const configurationLimits = { text: 4_096, items: 1_000, keys: 500 } as const

export function namesOf(rules: Rules, name: string): readonly string[] {
  return [name, ...(rules[name]?.older ?? [])]
}
/** Names of all fields of lists that are used; others are dropped while an answer is parsed. */
export const listFieldNames: ReadonlySet<string> = new Set(
  [pageFields, pathFields, endFields, trackFields, codecFields, sessionFields, forwardFields, forwardConfFields].flatMap((rules: Rules) =>
    Object.keys(rules).flatMap((name) => namesOf(rules, name)),
  ),
)

type ValueOf<K extends FieldRule['kind']> = K extends 'number' | 'time'
  ? number
  : K extends 'text' | 'label'
    ? string
    : K extends 'flag'
      ? boolean
      : K extends 'list'
        ? readonly unknown[]
        : Readonly<Record<string, unknown>>
/** Values by present names: undefined where the answer has none, null where its value is impossible. */
export type Checked<R extends Rules> = { readonly [K in keyof R]?: ValueOf<R[K]['kind']> | null }

/** What was wrong with a value: impossible, of another type, or too long. */
export type Fault = 'impossible' | 'type' | 'tooLong'

/** Records faults, and gives the time, since no time that a server reports can be in the future. */
export interface FieldChecker {
  readonly note: (field: string, fault: Fault) => void
  /** Epoch ms. */
  readonly now: () => number
}

/** For profiles and levels that codecs number instead of naming. */
const highestProfile = 1_000
/** Clocks differ; if they differ by more than a day, the server's times mean nothing. */
const mostAheadMs = 86_400_000

function checkText(value: string, rule: FieldRule, field: string, checker: FieldChecker): string {
  // A lone surrogate is not valid text elsewhere: databases and JSON would turn it into another name.
  if (value.length <= rule.most) return value.toWellFormed()
  checker.note(field, 'tooLong')
  // A copy, because a substring keeps the whole text in memory.
  return Buffer.from(value.slice(0, rule.most).toWellFormed()).toString()
}

/** Validates one value by its rule. Times are by the server's clock. */
export function checkValue(value: unknown, rule: FieldRule, field: string, checker: FieldChecker): unknown {
  switch (rule.kind) {
    case 'number':
      if (typeof value !== 'number') break
      if (value >= 0 && value <= rule.most) return value
      checker.note(field, 'impossible')
      return null
    case 'label':
    case 'text':
      if (typeof value === 'string') return checkText(value, rule, field, checker)
      if (rule.kind !== 'label' || typeof value !== 'number') break
      if (value >= 0 && value <= highestProfile) return String(value)
      checker.note(field, 'impossible')
      return null
    case 'time': {
      if (typeof value !== 'string') break
      const at = parseTime(value)
      if (at === null || (at >= 0 && at <= checker.now() + mostAheadMs)) return at
      checker.note(field, 'impossible')
      return null
    }
    case 'flag':
      if (typeof value === 'boolean') return value
      break
    case 'list':
      if (!Array.isArray(value)) break
      if (value.length <= rule.most) return value
      checker.note(field, 'tooLong')
      return value.slice(0, rule.most)
    case 'object':
      if (typeof value === 'object' && !Array.isArray(value)) return value
      break
    default:
      return rule.kind satisfies never
  }
  checker.note(field, 'type')
  return null
}

/** Validates an object of an answer. The result has the known fields only, by their present names. */
export function checkFields<R extends Rules>(raw: Readonly<Record<string, unknown>>, rules: R, checker: FieldChecker): Checked<R> {
  const checked: Record<string, unknown> = {}
  for (const name in rules) {
    const rule = rules[name] as FieldRule
    let value = raw[name]
    if (value === undefined || value === null) for (const older of rule.older ?? []) value ??= raw[older]
    if (value !== undefined) checked[name] = value === null ? null : checkValue(value, rule, name, checker)
  }
  return checked as Checked<R>
}

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48
const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1)

/**
 * RFC 3339 as Go writes it, with up to nanoseconds and any offset, to whole epoch milliseconds.
 * null for Go's zero time (0001-01-01) and for invalid times. Parsed by hand because each poll depends on its speed.
 */
export function parseTime(text: unknown): number | null {
  if (typeof text !== 'string' || text.length < 20 || text.charCodeAt(10) !== 84) return null
  const year = two(text, 0) * 100 + two(text, 2)
  if (!(year > 1 && year <= 9999)) return null
  const seconds = Date.UTC(year, two(text, 5) - 1, two(text, 8), two(text, 11), two(text, 14), two(text, 17))
  let at = 19
  let fraction = 0
  if (text.charCodeAt(at) === 46) {
    let scale = 100
    for (at++; at < text.length; at++) {
      const value = digit(text, at)
      if (value < 0 || value > 9) break
      if (scale >= 1) fraction += value * scale
      scale /= 10
    }
  }
  const sign = text.charCodeAt(at)
  const offset = sign === 90 || sign === 122 ? 0 : sign === 43 ? 1 : sign === 45 ? -1 : Number.NaN
  const offsetMs = offset === 0 ? 0 : offset * (two(text, at + 1) * 60 + two(text, at + 4)) * 60_000
  const epochMs = seconds + fraction - offsetMs
  return Number.isNaN(epochMs) ? null : epochMs
}

/** A recent fault in the values of one field. */
export interface FieldFault {
  readonly field: string
  readonly fault: Fault
}

/** The faults in one server's answers: one entry per field and kind of fault, however often it occurs. */
export interface FieldFaults extends FieldChecker {
  /** Those of the last ten minutes, by field. */
  readonly recent: () => readonly FieldFault[]
}

/** A fault that occurred once is shown for this long, so that an operator has time to read it. */
const shownForMs = 600_000

export function createFieldFaults(clock: Clock): FieldFaults {
  const lastAt = new Map<string, Map<Fault, number>>()
  return {
    // Only fields of our own tables get here, so there can't be many.
    note: (field, fault) => {
      let ofField = lastAt.get(field)
      if (ofField === undefined) {
        ofField = new Map()
        lastAt.set(field, ofField)
      }
      ofField.set(fault, clock.monotonic())
    },
    now: clock.now,
    recent: () => {
      if (lastAt.size === 0) return []
      const since = clock.monotonic() - shownForMs
      return [...lastAt.keys()]
        .sort()
        .flatMap((field) => [...(lastAt.get(field) ?? [])].filter(([, at]) => at >= since).map(([fault]): FieldFault => ({ field, fault })))
    },
  }
}

const mostNamed = 8

/** The caution for a server's faults; null: it has none. */
export function faultCaution(faults: readonly FieldFault[]): ServerCaution | null {
  const names = [...new Set(faults.map(({ field }) => field))]
  return names.length === 0 ? null : { kind: 'valuesWrong', names: names.slice(0, mostNamed), more: Math.max(0, names.length - mostNamed) }
}
