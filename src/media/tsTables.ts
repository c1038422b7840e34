// Tables of MPEG-TS that list its programs and tracks (ISO 13818-1, 2.4.4). Only complete sections with a correct checksum are used.

/** Longest section of these tables, bytes. */
const longestSection = 1_024
export const noPid = 0x1fff

/** A program: its number, the PID of its PCR (`noPid`: none), and those of its pictures and sound. */
export interface Program {
  readonly number: number
  readonly pcrPid: number
  readonly mediaPids: readonly number[]
}

/** Joins the packets of one PID into sections. */
export interface SectionParser {
  /** Adds a payload of this PID; `isStart`: a section begins in it. */
  readonly add: (payload: Buffer, isStart: boolean) => void
}
/** `onSection` is called with each complete section; `isSame`: it repeats the previous one. */
export function createSectionParser(onSection: (section: Buffer, isSame: boolean) => void): SectionParser {
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
    add: (payload, isStart) => {
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

/** The PIDs of the program tables (PMT) that a PAT lists; null: it is not a PAT. */
export function readPat(section: Buffer): readonly number[] | null {
  if (section[0] !== 0) return null
  const pids: number[] = []
  for (let at = 8; at + 4 <= section.length - 4; at += 4) if (section.readUInt16BE(at) !== 0) pids.push(section.readUInt16BE(at + 2) & 0x1fff)
  return pids
}

/** Stream types of pictures and sound. Private data (6) may be anything. */
const mediaTypes: ReadonlySet<number> = new Set([0x01, 0x02, 0x10, 0x1b, 0x24, 0x33, 0x42, 0xd1, 0xea, 0x03, 0x04, 0x0f, 0x11, 0x81, 0x87])

/** null: it is not a PMT, or not yet in force. */
export function readPmt(section: Buffer): Program | null {
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
