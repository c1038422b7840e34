export const historyLength = 60

/** Ring buffers of the last bit rates, one per stream slot. NaN: unknown. */
export function createBitrateRings() {
  let ring = new Float32Array(0)
  let next = new Uint8Array(0)
  let filled = new Uint8Array(0)

  const grow = <T extends Float32Array | Uint8Array>(old: T, grown: T): T => {
    grown.set(old)
    return grown
  }
  /** `back` places before the next one. */
  const placeOf = (slot: number, back: number) => slot * historyLength + (((next[slot] ?? 0) - back + 2 * historyLength) % historyLength)

  return {
    makeRoom: (slots: number) => {
      if (slots <= next.length) return
      const size = Math.max(256, 2 ** Math.ceil(Math.log2(slots)))
      ring = grow(ring, new Float32Array(size * historyLength))
      next = grow(next, new Uint8Array(size))
      filled = grow(filled, new Uint8Array(size))
    },
    add: (slot: number, bitrate: number | null) => {
      const place = next[slot] ?? 0
      ring[slot * historyLength + place] = bitrate ?? Number.NaN
      next[slot] = (place + 1) % historyLength
      filled[slot] = Math.min(historyLength, (filled[slot] ?? 0) + 1)
    },
    clear: (slot: number) => {
      next[slot] = 0
      filled[slot] = 0
    },
    clearAll: () => {
      next.fill(0)
      filled.fill(0)
    },
    count: (slot: number): number => filled[slot] ?? 0,
    /** The last values, oldest first; returns their number. */
    read: (slot: number, most: number, into: Float64Array | Float32Array): number => {
      const length = Math.min(filled[slot] ?? 0, most)
      for (let i = 0; i < length; i++) into[i] = ring[placeOf(slot, length - i)] ?? Number.NaN
      return length
    },
  }
}
