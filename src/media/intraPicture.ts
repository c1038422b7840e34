/** The unsigned Exp-Golomb number of H.264 (9.1) at this bit, and the position after it. */
function readNumber(bytes: Uint8Array, from: number): { readonly value: number; readonly behind: number } {
  const bit = (at: number) => ((bytes[at >> 3] ?? 0xff) >> (7 - (at & 7))) & 1
  let zeros = 0
  while (bit(from + zeros) === 0) zeros++
  let value = 1
  for (let at = 1; at <= zeros; at++) value = 2 * value + bit(from + zeros + at)
  return { value: value - 1, behind: from + 2 * zeros + 1 }
}

/**
 * Whether an H.264 picture, in units with start codes, begins with a slice that depends on no other picture. Encoders may send such a picture without marking
 * it as a point to begin decoding; FFmpeg then does not flag it as a key frame either, but outputs pictures from there on.
 */
export function isIntraPicture(packet: Uint8Array): boolean {
  for (let at = packet.indexOf(1); at >= 0; at = packet.indexOf(1, at + 1)) {
    if (at < 2 || packet[at - 1] !== 0 || packet[at - 2] !== 0) continue
    const unit = (packet[at + 1] ?? 0) & 0x1f
    if (unit === 5) return true
    // A slice or its first partition begins with the number of its first macroblock and its type; types 2 and 7 are I.
    if (unit === 1 || unit === 2) {
      const header = packet.subarray(at + 2, at + 12)
      return readNumber(header, readNumber(header, 0).behind).value % 5 === 2
    }
  }
  return false
}
