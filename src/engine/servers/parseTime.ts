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
