import { type Ts, tsLimitsMs } from '../shared/probeReadings.ts'

export const packetBytes = 188
const sync = 0x47
/** According to TR 101 290: synchronised after this many sync bytes in a row, lost after this many wrong ones. */
const syncFound = 5
const syncLost = 2

/** Cuts bytes into the packets of a transport stream. `onPacket` is called with each packet that begins with a sync byte; it must not keep the bytes. */
function createPacketCutter(onPacket: (packet: Buffer) => void) {
  let rest: Buffer = Buffer.alloc(0)
  let isLocked = false
  let wasLocked = false
  let wrongInARow = 0
  let syncLosses = 0
  let syncByteErrors = 0

  const readOne = (packet: Buffer) => {
    if (packet[0] === sync) {
      wrongInARow = 0
      onPacket(packet)
      return
    }
    syncByteErrors++
    if (++wrongInARow < syncLost) return
    syncLosses++
    isLocked = false
  }
  return {
    add: (chunk: Buffer) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      for (;;) {
        if (!isLocked) {
          const found = findSync(bytes, at)
          if (found < 0) {
            at = Math.max(at, bytes.length - syncFound * packetBytes)
            break
          }
          at = found
          isLocked = true
          wasLocked = true
          wrongInARow = 0
        }
        if (at + packetBytes > bytes.length) break
        readOne(bytes.subarray(at, at + packetBytes))
        at += packetBytes
      }
      // A copy: the chunk may be a part of something much larger.
      rest = Buffer.from(bytes.subarray(at))
    },
    /** Whether a transport stream was recognised so far. */
    isTs: () => wasLocked,
    /** Returns the errors since the last call. */
    take: (): { readonly syncLosses: number; readonly syncByteErrors: number } => {
      const taken = { syncLosses, syncByteErrors }
      syncLosses = 0
      syncByteErrors = 0
      return taken
    },
  }
}

/** Position of the first packet at or after `from`; -1: none is found in these bytes. */
function findSync(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(sync, from); at >= 0 && at + (syncFound - 1) * packetBytes < bytes.length; at = bytes.indexOf(sync, at + 1)) {
    let found = 1
    while (found < syncFound && bytes[at + found * packetBytes] === sync) found++
    if (found === syncFound) return at
  }
  return -1
}

// Tables of MPEG-TS that list its programs and tracks (ISO 13818-1, 2.4.4). Only complete sections with a correct checksum are used.

/** Longest section of these tables, bytes. */
const longestSection = 1_024
const noPid = 0x1fff

/** A program: its number, the PID of its PCR (`noPid`: none), and those of its pictures and sound. */
export interface Program {
  readonly number: number
  readonly pcrPid: number
  readonly mediaPids: readonly number[]
}

/** Joins the packets of one PID into sections. `onSection` is called with each complete section; `isSame`: it repeats the previous one. */
function createSectionParser(onSection: (section: Buffer, isSame: boolean) => void) {
  let section = Buffer.alloc(0)
  let isOpen = false
  let lastCrc = -1
  const finish = () => {
    while (isOpen && section.length >= 3) {
      const length = 3 + (section.readUInt16BE(1) & 0x0fff)
      if (section[0] === 0xff || length > longestSection || length < 12) isOpen = false
      else if (section.length < length) return
      else {
        const whole = section.subarray(0, length)
        section = section.subarray(length)
        if (crc32(whole) !== 0) continue
        const crc = whole.readUInt32BE(length - 4)
        onSection(whole, crc === lastCrc)
        lastCrc = crc
      }
    }
  }
  return {
    /** Adds a payload of this PID; `isStart`: a section begins in it. */
    add: (payload: Buffer, isStart: boolean) => {
      if (!isStart) {
        if (isOpen) section = Buffer.concat([section, payload])
      } else {
        const from = 1 + (payload[0] ?? 0)
        // What comes before belongs to the section that began earlier.
        if (isOpen) {
          section = Buffer.concat([section, payload.subarray(1, from)])
          finish()
        }
        section = Buffer.from(payload.subarray(from))
        isOpen = true
      }
      finish()
      if (section.length > longestSection + 188) isOpen = false
    },
  }
}
type SectionParser = ReturnType<typeof createSectionParser>

/** The PIDs of the program tables (PMT) that a PAT lists; null: it is not a PAT. */
function readPat(section: Buffer): readonly number[] | null {
  if (section[0] !== 0) return null
  const pids: number[] = []
  for (let at = 8; at + 4 <= section.length - 4; at += 4) if (section.readUInt16BE(at) !== 0) pids.push(section.readUInt16BE(at + 2) & 0x1fff)
  return pids
}

/** Stream types of pictures and sound. Private data (6) may be anything. */
const mediaTypes: ReadonlySet<number> = new Set([0x01, 0x02, 0x10, 0x1b, 0x24, 0x33, 0x42, 0xd1, 0xea, 0x03, 0x04, 0x0f, 0x11, 0x81, 0x87])

/** null: it is not a PMT, or not yet in force. */
function readPmt(section: Buffer): Program | null {
  if (section[0] !== 2 || section.length < 16 || (section.readUInt8(5) & 1) === 0) return null
  const mediaPids: number[] = []
  const end = section.length - 4
  for (let at = 12 + (section.readUInt16BE(10) & 0x0fff); at + 5 <= end; at += 5 + (section.readUInt16BE(at + 3) & 0x0fff))
    if (mediaTypes.has(section.readUInt8(at))) mediaPids.push(section.readUInt16BE(at + 1) & 0x1fff)
  return { number: section.readUInt16BE(3), pcrPid: section.readUInt16BE(8) & 0x1fff, mediaPids }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})
/** CRC of a section including its checksum: 0 if that is correct. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = ((crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0
  return crc
}

/** Maximum numbers of measured programs, and of PIDs of pictures and sound. */
const mostPrograms = 64
const mostMediaPids = 256
/** A PCR that steps further ahead than this has jumped, ms. */
const jumpMs = 1_000
/** Time after which the clock wraps around, ms: it counts 2^33 ticks of 90 kHz. */
const wrapMs = 2 ** 33 / 90
/** A look of at least this length must contain a PCR, ms. */
const leastCheckMs = 1_000

/** Errors counted packet by packet; the others follow from intervals. */
type Counts = Record<'continuityErrors' | 'transportErrors' | 'pcrJumps', number>
const noCounts = (): Counts => ({ continuityErrors: 0, transportErrors: 0, pcrJumps: 0 })

/** Measures the bytes of one transport stream, look by look, according to TR 101 290. */
export function createTsMeter() {
  const pcrs = createPcrs(() => tables.ticked(pcrs.clockMs()))
  const tables = createTables(pcrs)
  const isContinuous = createContinuity()
  let packets = 0
  let counts = noCounts()

  const cutter = createPacketCutter((packet) => {
    packets++
    const head = packet.readUInt16BE(1)
    if ((head & 0x8000) !== 0) {
      counts.transportErrors++
      return
    }
    const pid = head & 0x1fff
    if (pid === noPid) return
    const flags = packet.readUInt8(3)
    const fieldBytes = (flags & 0x20) === 0 ? -1 : packet.readUInt8(4)
    const fieldFlags = fieldBytes > 0 ? packet.readUInt8(5) : 0
    const isAnnounced = (fieldFlags & 0x80) !== 0
    if ((fieldFlags & 0x10) !== 0 && fieldBytes >= 7 && pcrs.add(pid, pcrMs(packet), isAnnounced)) counts.pcrJumps++
    if ((flags & 0x10) === 0) return
    if (!isContinuous(pid, flags & 0x0f, isAnnounced)) counts.continuityErrors++
    tables.add(pid, packet.subarray(Math.min(packetBytes, 5 + fieldBytes)), (head & 0x4000) !== 0, (flags & 0xc0) !== 0)
  })
  return {
    add: cutter.add,
    isTs: cutter.isTs,
    /** Duration read so far, by the stream's own clock (PCR), ms. */
    clockMs: pcrs.clockMs,
    /** Ends this look, which lasted `wallMs`, and returns its figures. null: no transport stream was recognised. */
    take: (wallMs: number): Ts | null => {
      if (!cutter.isTs()) return null
      const ofPcrs = pcrs.take()
      const isWithoutPcr = ofPcrs.longestMs === null && packets > 0 && wallMs >= leastCheckMs
      const taken: Ts = {
        packets,
        ...counts,
        ...cutter.take(),
        ...tables.take(pcrs.clockMs()),
        pcrIntervalErrors: ofPcrs.errors + (isWithoutPcr ? 1 : 0),
        pcrMs: ofPcrs.longestMs,
      }
      packets = 0
      counts = noCounts()
      return taken
    },
  }
}
export type TsMeter = ReturnType<typeof createTsMeter>

/** Returns a function that tells whether a packet's counter continues that of its PID; one repetition is allowed. `isAnnounced`: any value is. */
function createContinuity(): (pid: number, counter: number, isAnnounced: boolean) => boolean {
  const counters = new Int8Array(8_192).fill(-1)
  const repeated = new Uint8Array(8_192)
  return (pid, counter, isAnnounced) => {
    const last = counters[pid] ?? -1
    const isRepeated = counter === last && repeated[pid] === 0
    repeated[pid] = isRepeated ? 1 : 0
    counters[pid] = counter
    return last < 0 || isAnnounced || isRepeated || counter === ((last + 1) & 0x0f)
  }
}

interface ProgramState {
  readonly table: Spacing
  readonly sections: SectionParser
  /** null: not seen yet. */
  number: number | null
  mediaPids: readonly number[]
}
interface MediaPid {
  seenMs: number
  readonly pts: Spacing
}

/** The tables of a stream and what they list, with the intervals at which all of it occurs. */
function createTables(pcrs: Pick<Pcrs, 'clockMs' | 'follow'>) {
  const pat = createSpacing(tsLimitsMs.psi)
  const programs = new Map<number, ProgramState>()
  const media = new Map<number, MediaPid>()
  let otherTables = 0

  const patSections = createSectionParser((section, isSame) => {
    const pids = readPat(section)
    if (pids === null) {
      otherTables++
      return
    }
    pat.came(pcrs.clockMs())
    // A table of several sections has more programs than are measured.
    if (isSame || section[6] !== 0) return
    const kept = new Set(pids.slice(0, mostPrograms))
    for (const [pid, { mediaPids }] of programs) {
      if (kept.has(pid)) continue
      for (const mediaPid of mediaPids) media.delete(mediaPid)
      programs.delete(pid)
    }
    for (const pid of kept) if (!programs.has(pid)) programs.set(pid, newProgram(pid))
  })
  const newProgram = (pid: number): ProgramState => {
    const state: ProgramState = {
      table: createSpacing(tsLimitsMs.psi),
      number: null,
      mediaPids: [],
      sections: createSectionParser((section, isSame) => {
        const program = readPmt(section)
        // Several programs may share a PID: the first one counts.
        if (program === null || (state.number !== null && state.number !== program.number)) return
        state.number = program.number
        state.table.came(pcrs.clockMs())
        if (!isSame) changeProgram(pid, state, program)
      }),
    }
    // The interval to its first table counts, too.
    state.table.came(pcrs.clockMs())
    return state
  }
  const changeProgram = (pid: number, state: ProgramState, { mediaPids, pcrPid }: Program) => {
    for (const gone of state.mediaPids) if (!mediaPids.includes(gone)) media.delete(gone)
    state.mediaPids = mediaPids
    for (const each of mediaPids)
      if (!media.has(each) && media.size < mostMediaPids) media.set(each, { seenMs: pcrs.clockMs(), pts: createSpacing(tsLimitsMs.pts) })
    if (pcrPid !== noPid && programs.keys().next().value === pid) pcrs.follow(pcrPid)
  }
  return {
    /** Adds the payload of a packet; `isStart`: a section or a PES packet begins in it. */
    add: (pid: number, payload: Buffer, isStart: boolean, isScrambled: boolean) => {
      if (pid === 0) return patSections.add(payload, isStart)
      programs.get(pid)?.sections.add(payload, isStart)
      const of = media.get(pid)
      if (of === undefined) return
      of.seenMs = pcrs.clockMs()
      if (isScrambled) of.pts.forget()
      else if (isStart && hasPts(payload)) of.pts.came(of.seenMs)
    },
    ticked: (nowMs: number) => {
      pat.ticked(nowMs)
      for (const { table } of programs.values()) table.ticked(nowMs)
      for (const { pts } of media.values()) pts.ticked(nowMs)
    },
    take: (nowMs: number) => {
      const ofPat = pat.take(nowMs)
      const ofPmts = joined([...programs.values()].map(({ table }) => table.take(nowMs)))
      const ofPts = joined([...media.values()].map(({ pts }) => pts.take(nowMs)))
      const taken = {
        programs: programs.size,
        patErrors: otherTables + ofPat.errors,
        patMs: ofPat.longestMs,
        pmtErrors: ofPmts.errors,
        pmtMs: ofPmts.longestMs,
        pidErrors: [...media.values()].filter(({ seenMs }) => nowMs - seenMs > tsLimitsMs.pid).length,
        ptsErrors: ofPts.errors,
        ptsMs: ofPts.longestMs,
      }
      otherTables = 0
      return taken
    },
  }
}

function joined(all: readonly { readonly longestMs: number | null; readonly errors: number }[]): {
  readonly longestMs: number | null
  readonly errors: number
} {
  let longestMs: number | null = null
  let errors = 0
  for (const each of all) {
    if (each.longestMs !== null) longestMs = Math.max(longestMs ?? 0, each.longestMs)
    errors += each.errors
  }
  return { longestMs, errors }
}

/** The program clock in a packet's adaptation field, ms: 33 bits at 90 kHz, and 9 at 27 MHz. */
function pcrMs(packet: Buffer): number {
  const base = packet.readUInt32BE(6) * 2 + (packet.readUInt8(10) >> 7)
  return base / 90 + (packet.readUInt16BE(10) & 0x01ff) / 27_000
}
/** Whether a PES packet with a PTS begins here. */
const hasPts = (payload: Buffer): boolean => payload.length >= 9 && payload[0] === 0 && payload[1] === 0 && payload[2] === 1 && ((payload[7] ?? 0) & 0x80) !== 0

type Pcrs = ReturnType<typeof createPcrs>
/** The clocks of a stream's programs. `onTick` is called when that of the first one has advanced. */
function createPcrs(onTick: () => void) {
  const last = new Map<number, number>()
  let reference: number | null = null
  let clockMs = 0
  let longestMs: number | null = null
  let errors = 0
  return {
    clockMs: () => clockMs,
    /** Sets the PID of the first program's clock. */
    follow: (pid: number) => {
      reference = pid
    },
    /** Adds a PCR. Returns true if it jumped without announcement. */
    add: (pid: number, atMs: number, isAnnounced: boolean): boolean => {
      const before = last.get(pid)
      if (before === undefined && last.size >= mostPrograms) return false
      reference ??= pid
      last.set(pid, atMs)
      if (before === undefined) return false
      const step = (atMs - before + wrapMs) % wrapMs
      const isJump = step > jumpMs
      if (!isJump && !isAnnounced) {
        longestMs = Math.max(longestMs ?? 0, step)
        // Fractions of a tick are no error.
        if (step > tsLimitsMs.pcr + 0.01) errors++
      }
      if (pid === reference) {
        if (!isJump) clockMs += step
        onTick()
      }
      return isJump && !isAnnounced
    },
    take: () => {
      const taken = { longestMs, errors }
      longestMs = null
      errors = 0
      return taken
    },
  }
}
/**
 * Measures intervals between occurrences of something (such as a table) with a clock that only advances in ticks.
 * An interval is measured from the tick before an occurrence to the tick before the next one. For errors it is measured from the tick after the first
 * occurrence, so that only certain errors are counted, without false positives.
 */
function createSpacing(limitMs: number) {
  let cameMs = Number.NaN
  /** The tick after the last occurrence. */
  let sinceMs = Number.NaN
  let isPending = false
  let isCounted = false
  let longestMs: number | null = null
  let errors = 0
  const measure = (tickMs: number) => {
    if (isPending || Number.isNaN(sinceMs)) return
    longestMs = Math.max(longestMs ?? 0, tickMs - cameMs)
    if (tickMs - sinceMs <= limitMs || isCounted) return
    errors++
    isCounted = true
  }
  return {
    /** Records an occurrence at or after this tick and before the next one. */
    came: (tickMs: number) => {
      measure(tickMs)
      // Several occurrences within one tick count as one.
      if (!isPending) cameMs = tickMs
      isPending = true
      isCounted = false
    },
    /** Records the next tick. */
    ticked: (tickMs: number) => {
      if (isPending) sinceMs = tickMs
      isPending = false
    },
    /** Suspends measuring until the next occurrence. */
    forget: () => {
      sinceMs = Number.NaN
      isPending = false
      isCounted = false
    },
    /** Ends the look. Returns the longest interval, ms (null: unknown), and how many exceeded the limit. An open interval counts as an error only once. */
    take: (tickMs: number): { readonly longestMs: number | null; readonly errors: number } => {
      measure(tickMs)
      const taken = { longestMs, errors }
      longestMs = null
      errors = 0
      return taken
    },
  }
}
type Spacing = ReturnType<typeof createSpacing>
