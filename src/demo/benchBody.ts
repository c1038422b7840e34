/**
 * A list's answer whose text is made once and whose numbers are written anew into its bytes.
 *
 * 1. Numbers that grow are extrapolated from two readings a minute apart; each item's time is warped a little
 *    (never backwards), so that its rates waver by a sixth while all its counters agree with one another.
 * 2. Fractions waver around their first reading.
 * 3. Each number has room for three digits more, filled with spaces in front, which JSON allows.
 * 4. Bytes on their way to somebody are never written over; bytes younger than 50 ms are sent again.
 */
export interface BenchBody {
  /** The answer as it is at the monotonic time `t`; `release` when it has been sent. */
  readonly take: (t: number) => { readonly bytes: Buffer; readonly release: () => void }
}

const freshMs = 50
const numberAfterColon = /:(-?\d+(?:\.\d+)?(?:e-?\d+)?)(?=[,}])/g
const apartMs = 60_000
const warpMs = 150
const warpPeriodMs = 6_100

/** `itemsAt` gives the items' texts at a moment, with the same structure each time. */
export const createBenchBody = (head: string, itemsAt: (t: number) => readonly string[], tail: string, t0: number): BenchBody => {
  const before = itemsAt(t0)
  const later = itemsAt(t0 + apartMs)
  const offsets: number[] = []
  const widths: number[] = []
  const firsts: number[] = []
  const slopes: number[] = []
  const owners: number[] = []
  const texts: string[] = [head]
  let length = Buffer.byteLength(head)
  const put = (text: string) => {
    texts.push(text)
    length += Buffer.byteLength(text)
  }
  for (const [index, item] of before.entries()) {
    if (index > 0) put(',')
    const then = [...(later[index] ?? item).matchAll(numberAfterColon)]
    let done = 0
    for (const [nth, match] of [...item.matchAll(numberAfterColon)].entries()) {
      const first = Number(match[1])
      const second = Number(then[nth]?.[1] ?? match[1])
      const whole = Number.isInteger(first) && Number.isInteger(second)
      if (whole && second <= first) continue
      put(item.slice(done, match.index + 1))
      const width = whole ? String(second).length + 3 : Math.trunc(Math.max(first, second)).toString().length + 8
      offsets.push(length)
      widths.push(whole ? width : -width)
      firsts.push(first)
      slopes.push(whole ? (second - first) / apartMs : 0)
      owners.push(index)
      put(' '.repeat(width))
      done = match.index + match[0].length
    }
    put(item.slice(done))
  }
  put(tail)
  const template = Buffer.from(texts.join(''))
  const count = offsets.length
  const offset = Uint32Array.from(offsets)
  const width = Int16Array.from(widths)
  const first = Float64Array.from(firsts)
  const slope = Float64Array.from(slopes)
  const owner = Uint32Array.from(owners)

  const write = (bytes: Buffer, t: number) => {
    let item = -1
    let ms = 0
    let sway = 0
    for (let i = 0; i < count; i++) {
      if (owner[i] !== item) {
        item = owner[i] as number
        sway = Math.sin((2 * Math.PI * t) / warpPeriodMs + item)
        ms = t - t0 + warpMs * (sway + 1)
      }
      const room = width[i] as number
      const from = offset[i] as number
      let at = from + Math.abs(room) - 1
      let rest: number
      if (room > 0) rest = Math.floor((first[i] as number) + (slope[i] as number) * ms)
      else {
        let fraction = Math.abs((first[i] as number) * (1 + 0.05 * sway))
        rest = Math.floor(fraction)
        fraction = Math.floor((fraction - rest) * 1e6)
        for (let place = 0; place < 6; place++) {
          const tenth = Math.floor(fraction / 10)
          bytes[at--] = 48 + (fraction - tenth * 10)
          fraction = tenth
        }
        bytes[at--] = 46
      }
      do {
        const tenth = Math.floor(rest / 10)
        bytes[at--] = 48 + (rest - tenth * 10)
        rest = tenth
      } while (rest > 0 && at >= from)
      while (at >= from) bytes[at--] = 32
    }
  }
  const copies: { readonly bytes: Buffer; users: number; writtenAt: number }[] = []
  return {
    take: (t) => {
      let copy = copies.find((one) => t - one.writtenAt < freshMs)
      if (!copy) {
        copy = copies.find((one) => one.users === 0)
        if (!copy) {
          copy = { bytes: Buffer.from(template), users: 0, writtenAt: 0 }
          copies.push(copy)
        }
        write(copy.bytes, t)
        copy.writtenAt = t
      }
      const taken = copy
      taken.users++
      return { bytes: taken.bytes, release: () => taken.users-- }
    },
  }
}
