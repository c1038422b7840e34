import { createHash } from 'node:crypto'

const startCode = Buffer.from([0, 0, 1])

/** Units of one picture, whichever way they are divided: start codes (RTSP, MPEG-TS) or lengths of four bytes (Matroska, RTMP). */
function unitsOf(picture: Buffer): Buffer[] {
  const units: Buffer[] = []
  const isAnnexB = picture.subarray(0, 4).equals(Buffer.from([0, 0, 0, 1])) || picture.subarray(0, 3).equals(startCode)
  if (isAnnexB) {
    let from = picture.indexOf(startCode) + 3
    while (from >= 3 && from < picture.length) {
      const next = picture.indexOf(startCode, from)
      let end = next < 0 ? picture.length : next
      while (end > from && picture[end - 1] === 0) end--
      units.push(picture.subarray(from, end))
      if (next < 0) break
      from = next + 3
    }
    return units
  }
  for (let at = 0; at + 4 <= picture.length; ) {
    const length = picture.readUInt32BE(at)
    units.push(picture.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return units
}

/** MD5 of what is seen of an H.264 picture: its slices. Parameter sets and delimiters come and go on the way. */
export function hashOfPicture(picture: Buffer): string {
  const hash = createHash('md5')
  for (const unit of unitsOf(picture)) {
    const type = (unit[0] ?? 0) & 0x1f
    if (type >= 1 && type <= 5) {
      // Trailing zeros may be cut on the way.
      let end = unit.length
      while (end > 0 && unit[end - 1] === 0) end--
      hash.update(unit.subarray(0, end))
    }
  }
  return hash.digest('hex')
}
