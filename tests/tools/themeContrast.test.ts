import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

const css = await readFile('src/renderer/app/theme.css', 'utf8')

type Colour = readonly number[]
function tokensOf(theme: string) {
  const block = new RegExp(`\\[data-theme="${theme}"\\] \\{([^}]+)\\}`).exec(css)?.[1] ?? ''
  return new Map([...block.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name, value]) => [name ?? '', value ?? '']))
}
const colour = (hex: string | undefined): Colour => [1, 3, 5].map((place) => Number.parseInt((hex ?? '').slice(place, place + 2), 16))
const mixed = (a: Colour, b: Colour, share: number): Colour => a.map((value, place) => value * share + (b[place] ?? 0) * (1 - share))
/** WCAG 2.2, relative luminance. */
function luminance(rgb: Colour) {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: Colour, b: Colour) {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

describe.each(['dark', 'light'])('the past bar, %s', (theme) => {
  const tokens = tokensOf(theme)
  const surface = colour(tokens.get('surface'))
  const past = colour(tokens.get('past'))
  const bar = mixed(past, surface, Number.parseFloat(tokens.get('past-share') ?? '') / 100)

  it.each(['text', 'muted', 'critical', 'major', 'minor', 'warning', 'unknown'])('has %s that can be read', (name) => {
    expect(contrast(colour(tokens.get(name)), bar)).toBeGreaterThanOrEqual(4.5)
  })

  it('has words of its own colour that can be read, and an edge that is seen', () => {
    const words = mixed(past, colour(tokens.get('text')), 0.7)
    expect(contrast(words, bar)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(words, surface)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(past, surface)).toBeGreaterThanOrEqual(3)
  })
})

describe.each(['dark', 'light'])('a word in a frame of its colour, %s', (theme) => {
  const tokens = tokensOf(theme)
  const share = Number.parseFloat(/@utility tinted \{[^}]*background: color-mix\(in srgb, currentColor ([\d.]+)%/.exec(css)?.[1] ?? '') / 100

  it.each(['critical', 'major', 'minor', 'warning', 'ok', 'slate', 'unknown', 'maintenance'])('can be read in %s wherever it stands', (name) => {
    const own = colour(tokens.get(name))
    for (const behind of ['bg', 'surface', 'raised', 'hover'])
      expect(contrast(own, mixed(own, colour(tokens.get(behind)), share)), behind).toBeGreaterThanOrEqual(4.5)
  })
})

/** OKLab, in which equal distances look equal. */
function oklab(rgb: Colour) {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}
/** The distance of the two severities that look most alike. */
function leastApart(theme: string) {
  const tokens = tokensOf(theme)
  const labs = ['critical', 'major', 'minor', 'warning'].map((name) => oklab(colour(tokens.get(name))))
  return Math.min(...labs.flatMap((one, place) => labs.slice(place + 1).map((other) => Math.hypot(...one.map((value, axis) => value - (other[axis] ?? 0))))))
}
it('the four severities are as far apart in the light theme as in the dark one', () => {
  expect(leastApart('dark')).toBeGreaterThan(0.14)
  expect(leastApart('light')).toBeGreaterThanOrEqual(leastApart('dark'))
})
