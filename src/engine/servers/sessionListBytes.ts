import type { Slice } from '../../clock/slices.ts'
import type { Session } from '../../shared/streams.ts'
import { type Checked, checkValue, type FieldChecker, type FieldRule, presentNames, sessionFields } from './apiFields.ts'
import { longestNumber, ShapeError } from './jsonInSlices.ts'
import { isEndOfList, type ListPage } from './pathListBytes.ts'
import { type MutableSession, overwriteSession, protocolByList, type SessionListName, type SessionReading } from './readings.ts'

/**
 * Reads a session list from its bytes, without creating values for all 90 fields of a session when only 20 are
 * used: for a large server that is a megabyte of text each time, most of which would be garbage at once.
 *
 * 1. All entries of a server's list have the same fields in the same order: they are learned from the first one and
 *    compared, name by name, in every other.
 * 2. For anything not in the form that MediaMTX writes (other fields, white space, escapes in texts,
 *    broken JSON) the result is null, and the parser of whole JSON decides.
 */
export interface SessionListBytes {
  /**
   * Reads one page; its readings are overwritten by the next read of the same page. null: parse it as JSON. Throws `ShapeError` where an entry
   * is not of the API's form, and the signal's reason.
   */
  readonly read: (page: number, body: Buffer, slice: Slice, signal: AbortSignal) => Promise<ListPage<SessionReading> | null>
}

const presentNameOf = presentNames(sessionFields)

const head = /^\{"itemCount":\d{1,9},"pageCount":(\d{1,6}),"items":\[/
const [quote, backslash, comma, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d] as const
const [minus, dot, zero, space, beginOfTrue] = [0x2d, 0x2e, 0x30, 0x20, 0x74] as const

/** One field of an entry. */
interface Field {
  readonly key: string
  /** Its name with the surrounding bytes: `{"id":`, `,"created":`. */
  readonly bytes: Buffer
  /** Its rule and present name; null: it is ignored. */
  readonly rule: FieldRule | null
  readonly name: string
  /** Its last text and the validated value, since the next entry often has the same. */
  lastText: string
  lastValue: unknown
}

/** A longer entry is left to the JSON parser, which reads in slices: this one never looks at more bytes without a pause. */
const mostEntryBytes = 100_000
/** In a long list the end of the slice is checked once per this many bytes. */
const bytesACheck = 16_384
/** Limit for the kept names of fields; those of a real session have about 1,500 bytes in total. */
const mostNameBytes = 16_384

const entryLimit = (body: Buffer, start: number) => Math.min(body.length, start + mostEntryBytes)

/** Index after a text's closing quote, or -1 if it has an escape, a control character or no end before `limit`. `start` is after its opening quote. */
function endOfText(body: Buffer, start: number, limit: number): number {
  for (let at = start; at < limit; at++) {
    const byte = body[at] as number
    if (byte === quote) return at + 1
    if (byte === backslash || byte < space) return -1
  }
  return -1
}

function isText(body: Buffer, from: number, to: number, text: string): boolean {
  if (text.length !== to - from) return false
  for (let at = from; at < to; at++) {
    const byte = body[at] as number
    // Bytes of multi-byte UTF-8 characters never equal one character of a text.
    if (byte !== text.charCodeAt(at - from) || byte > 0x7f) return false
  }
  return true
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const otherWord = /^(?:true|false|null)$/
const longestWord = 6
const [noTexts, someTexts] = [[], ['']] as const

/** Powers of ten that a double holds exactly. */
const tens = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

export function createSessionListBytes(list: SessionListName, checker: FieldChecker): SessionListBytes {
  let fields: readonly Field[] = []
  /** The readings of each page's last answer, which the next one overwrites. */
  const pages: MutableSession[][] = []
  /** The wanted fields of the current entry: one object for all entries, never kept. */
  let checked: Record<string, unknown> = {}
  /** The number that `readNumber` has read. */
  let value = 0

  const learn = (body: Buffer, start: number): boolean => {
    // Entries are flat except for a list of texts: the first closing brace outside of a text ends the entry.
    let end = -1
    const limit = entryLimit(body, start)
    for (let at = start + 1; at < limit && end < 0; at++) {
      const byte = body[at]
      if (byte === openBrace) return false
      if (byte === closeBrace) end = at + 1
      else if (byte === quote) {
        at = endOfText(body, at + 1, limit) - 1
        if (at < 0) return false
      }
    }
    if (end < 0) return false
    let first: unknown
    try {
      first = JSON.parse(body.toString('utf8', start, end))
    } catch {
      return false
    }
    if (typeof first !== 'object' || first === null) return false
    const keys = Object.keys(first)
    // An older name is ignored where the entry has the same field by a newer one.
    const newest = new Map(keys.toReversed().map((key) => [presentNameOf.get(key), key] as const))
    for (const key of keys) if (presentNameOf.get(key) === key) newest.set(key, key)
    const names = keys.map((key, index) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(key)}:`))
    // Allocated separately because they are kept for long: a pooled buffer would keep its whole pool in memory.
    const kept = Buffer.allocUnsafeSlow(names.reduce((sum, { length }) => sum + length, 0))
    if (kept.length > mostNameBytes) return false
    let at = 0
    fields = keys.map((key, index) => {
      const name = presentNameOf.get(key) ?? ''
      const rule = newest.get(name) === key ? ((sessionFields as Readonly<Record<string, FieldRule>>)[name] ?? null) : null
      const from = at
      at += (names[index] as Buffer).copy(kept, from)
      return { key, bytes: kept.subarray(from, at), rule, name, lastText: '', lastValue: undefined }
    })
    checked = {}
    return fields.length > 0
  }

  /** Reads a number into `value`. Returns the index after it, or -1 if it is not a number, or one that only JSON parses correctly. */
  const readNumber = (body: Buffer, start: number): number => {
    const negative = body[start] === minus
    let at = negative ? start + 1 : start
    const from = at
    const limit = start + longestNumber
    let whole = 0
    while (at < limit) {
      const digit = (body[at] ?? 0) - zero
      if (digit < 0 || digit > 9) break
      whole = whole * 10 + digit
      at++
    }
    if (at === from || (body[from] === zero && at > from + 1)) return -1
    if (body[at] === dot) {
      const fraction = at + 1
      for (at = fraction; at < limit; at++) {
        const digit = (body[at] ?? 0) - zero
        if (digit < 0 || digit > 9) break
        whole = whole * 10 + digit
      }
      if (at === fraction) return -1
      const scale = tens[at - fraction]
      if (scale === undefined || whole > Number.MAX_SAFE_INTEGER) return readAnyNumber(body, start)
      // Both operands are exact, so the quotient is rounded correctly.
      whole /= scale
    }
    const next = body[at]
    if (whole > Number.MAX_SAFE_INTEGER || (next !== comma && next !== closeBrace)) return readAnyNumber(body, start)
    value = negative ? -whole : whole
    return at
  }
  const readAnyNumber = (body: Buffer, start: number): number => {
    const end = endOfWord(body, start, longestNumber)
    const text = body.toString('latin1', start, end)
    value = Number(text)
    return jsonNumber.test(text) ? end : -1
  }
  /** Index of the comma or brace after a word, or of what follows its first `most` bytes. */
  const endOfWord = (body: Buffer, start: number, most: number): number => {
    let at = start
    while (at < start + most && body[at] !== comma && body[at] !== closeBrace) at++
    return at
  }

  /** Skips a number, a word such as true, or a flat list of texts; -1 where it is anything else. */
  const skip = (body: Buffer, start: number, limit: number): number => {
    if (body[start] !== openBracket) {
      const first = body[start] ?? 0
      if (first === minus || (first >= zero && first <= zero + 9)) return readNumber(body, start)
      const end = endOfWord(body, start, longestWord)
      return otherWord.test(body.toString('latin1', start, end)) ? end : -1
    }
    if (body[start + 1] === closeBracket) return start + 2
    for (let at = start + 1; body[at] === quote; at++) {
      at = endOfText(body, at + 1, limit)
      if (at < 0 || body[at] === closeBracket) return at < 0 ? -1 : at + 1
      if (body[at] !== comma) return -1
    }
    return -1
  }

  const readEntry = (body: Buffer, start: number): number => {
    let at = start
    const limit = entryLimit(body, start)
    for (let k = 0; k < fields.length; k++) {
      const field = fields[k] as Field
      const { bytes } = field
      for (let i = 0; i < bytes.length; i++) if (body[at + i] !== bytes[i]) return -1
      at += bytes.length
      const byte = body[at] as number
      if (byte === quote) {
        const from = at + 1
        const end = endOfText(body, from, limit)
        if (end < 0) return -1
        if (field.rule !== null) {
          if (field.lastValue === undefined || !isText(body, from, end - 1, field.lastText)) {
            field.lastText = body.toString('utf8', from, end - 1)
            field.lastValue = checkValue(field.lastText, field.rule, field.name, checker)
            // A text that was cut is not remembered, and its fault is recorded each time.
            if (field.rule.kind !== 'text' || field.lastText.length > field.rule.most) {
              checked[field.name] = field.lastValue
              field.lastText = ''
              field.lastValue = undefined
              at = end
              continue
            }
          }
          checked[field.name] = field.lastValue
        }
        at = end
      } else if (field.rule?.kind === 'list') {
        // Of a list it only matters whether something is in it.
        if (byte !== openBracket) return -1
        checked[field.name] = body[at + 1] === closeBracket ? noTexts : someTexts
        at = skip(body, at, limit)
        if (at < 0) return -1
      } else if (field.rule !== null && field.rule.kind !== 'flag') {
        at = readNumber(body, at)
        if (at < 0) return -1
        checked[field.name] = checkValue(value, field.rule, field.name, checker)
      } else {
        if (field.rule !== null) checked[field.name] = byte === beginOfTrue
        at = skip(body, at, limit)
        if (at < 0) return -1
      }
    }
    return body[at] === closeBrace ? at + 1 : -1
  }

  return {
    read: async (page, body, slice, signal) => {
      const opening = head.exec(body.toString('latin1', 0, 100))
      if (!opening) return null
      pages[page] ??= []
      const items = pages[page]
      let count = 0
      let at = opening[0].length
      let nextCheck = at + bytesACheck
      if (body[at] !== closeBracket)
        for (;;) {
          if (at >= nextCheck) {
            if (slice.isOver()) await slice.next(signal)
            nextCheck = at + bytesACheck
          }
          let end = fields.length > 0 ? readEntry(body, at) : -1
          // The first entry so far, or the server has another version now.
          if (end < 0 && count === 0) end = learn(body, at) ? readEntry(body, at) : -1
          if (end < 0) return null
          const reading = readSession(list, checked as CheckedSession, count)
          const former = items[count++]
          if (former === undefined) items.push(reading)
          else overwriteSession(former, reading)
          at = end
          if (body[at] !== comma) break
          at++
        }
      if (!isEndOfList(body, at)) return null
      items.length = count
      return { items, pageCount: Number(opening[1]) }
    },
  }
}

/** Validated fields of one entry, by their present names; see `apiFields.ts`. */
type CheckedSession = Checked<typeof sessionFields>

const textOrNull = (value: string | null | undefined): string | null => (value ? value : null)

/**
 * Whether the session is ours: its query has `mtxdeck=` with any id (other consoles watch, too), or its
 * User-Agent is ours. SRT has no User-Agent; the query is part of its streamid.
 */
const isOwn = (mark: string | null, userAgent: string | null): boolean => mark !== null || userAgent?.startsWith('mtxdeck/') === true
const markOf = (query: unknown): string | null =>
  typeof query === 'string' && query.includes('mtxdeck=') ? (/(?:^|[?&,:])mtxdeck=([^&,:]*)/.exec(query)?.[1] ?? null) : null

function readRtp(raw: CheckedSession, role: Session['role']): Session['rtp'] {
  if (role === 'publisher') {
    const packets = raw.inboundRTPPackets ?? null
    if (packets === null) return null
    return {
      packets,
      lost: raw.inboundRTPPacketsLost ?? null,
      inError: raw.inboundRTPPacketsInError ?? null,
      jitter: raw.inboundRTPPacketsJitter ?? null,
      reportedLost: null,
      discarded: null,
    }
  }
  if (role === 'reader') {
    const packets = raw.outboundRTPPackets ?? null
    if (packets === null) return null
    // A reader's "lost" counts packets that it sent to the server, which are none: only its own reports show what it missed.
    return {
      packets,
      lost: null,
      inError: null,
      jitter: null,
      reportedLost: raw.outboundRTPPacketsReportedLost ?? null,
      discarded: raw.outboundRTPPacketsDiscarded ?? null,
    }
  }
  return null
}

/**
 * Waiting media in ms. The server updates it only when packets are acknowledged. 1.20.1 still reports the old value when the last packet has left; from 1.13 to
 * 1.17 every second answer reports 0, however many packets wait. The number of waiting packets shows which 0 is true.
 */
function receiveBufferOf({ msReceiveBuf = null, packetsReceiveBuf = null }: CheckedSession): number | null {
  if (msReceiveBuf === null || packetsReceiveBuf === null) return null
  if (packetsReceiveBuf === 0) return 0
  return msReceiveBuf === 0 ? null : msReceiveBuf
}

/** The server counts 1024² bits as one of its Mbit/s. Everything else here, and everybody who reads it, counts 1,000,000. */
function megabits(raw: number | undefined | null): number | null {
  return raw === undefined || raw === null ? null : (raw * 1024 ** 2) / 1e6
}

/** In the direction of the media: what a publisher sends us, what we send a reader. Since 1.6. */
function readSrt(raw: CheckedSession, role: Session['role']): SessionReading['srt'] {
  const rttMs = raw.msRTT ?? null
  if (raw.msRTT === undefined || role === 'other') return null
  const shared = { rttMs, linkCapacityMbps: megabits(raw.mbpsLinkCapacity) }
  if (role === 'publisher')
    return {
      ...shared,
      rateMbps: megabits(raw.mbpsReceiveRate),
      packetsLoss: raw.packetsReceivedLoss ?? null,
      packetsRetransmitted: raw.packetsReceivedRetrans ?? null,
      packetsDropped: raw.packetsReceivedDrop ?? null,
      packetsBelated: raw.packetsReceivedBelated ?? null,
      packetsUndecryptable: raw.packetsReceivedUndecrypt ?? null,
      latencyMs: raw.msReceiveTsbPdDelay ?? null,
      receiveBufferMs: receiveBufferOf(raw),
    }
  return {
    ...shared,
    rateMbps: megabits(raw.mbpsSendRate),
    packetsSent: raw.packetsSent ?? null,
    packetsLoss: raw.packetsSendLoss ?? null,
    packetsRetransmitted: raw.packetsRetrans ?? null,
    packetsDropped: raw.packetsSendDrop ?? null,
    packetsBelated: null,
    packetsUndecryptable: null,
    latencyMs: raw.msSendTsbPdDelay ?? null,
    receiveBufferMs: null,
  }
}

/**
 * Reads one entry; `index` is for error messages. Keeps only the texts of `raw`. Fields are named here, and checked against the
 * table by the compiler: a loop over the table takes 1.4 µs a session instead of 0.12, as names that differ are looked up each time.
 */
export function readSession(list: SessionListName, raw: CheckedSession, index: number): SessionReading {
  const path = raw.path ?? ''
  // Muxers have no id, but there is one per path.
  const id = list === 'hlsMuxers' ? path : raw.id
  if (typeof id !== 'string') throw new ShapeError({ kind: 'otherForm', field: `items[${index}].id` })
  const role = list === 'hlsSessions' ? 'reader' : raw.state === 'publish' ? 'publisher' : raw.state === 'read' ? 'reader' : 'other'
  const userAgent = textOrNull(raw.userAgent)
  const mark = markOf(raw.query)
  return {
    list,
    id,
    protocol: protocolByList[list],
    role,
    path,
    remoteAddr: textOrNull(raw.remoteAddr),
    user: textOrNull(raw.user),
    userAgent,
    transport: textOrNull(raw.transport),
    own: isOwn(mark, userAgent),
    isCdn: raw.isCDN === true,
    mark: list === 'srtConns' ? mark : null,
    createdAt: raw.created ?? null,
    inboundBytes: raw.inboundBytes ?? null,
    outboundBytes: raw.outboundBytes ?? null,
    framesDiscarded: raw.outboundFramesDiscarded ?? null,
    hasHungUp: (list === 'rtspSessions' || list === 'rtspsSessions') && raw.conns?.length === 0,
    rtp: list === 'rtspSessions' || list === 'rtspsSessions' || list === 'webrtcSessions' ? readRtp(raw, role) : null,
    srt: list === 'srtConns' ? readSrt(raw, role) : null,
  }
}
