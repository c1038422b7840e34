export const packetBytes = 188
const sync = 0x47
/** According to TR 101 290: synchronised after this many sync bytes in a row, lost after this many wrong ones. */
const syncFound = 5
const syncLost = 2

/** Cuts bytes into the packets of a transport stream. */
interface PacketCutter {
  /** Adds bytes, in chunks of any size. */
  readonly add: (chunk: Buffer) => void
  /** Whether a transport stream was recognised so far. */
  readonly isTs: () => boolean
  /** Returns the errors since the last call. */
  readonly take: () => { readonly syncLosses: number; readonly syncByteErrors: number }
}

/** `onPacket` is called with each packet that begins with a sync byte; it must not keep the bytes. */
export function createPacketCutter(onPacket: (packet: Buffer) => void): PacketCutter {
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
    add: (chunk) => {
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
    isTs: () => wasLocked,
    take: () => {
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
