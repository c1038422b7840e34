import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactText, exactTexts, hiddenIn, visibleJson, visibleText, visibleTexts } from './visibleText.ts'

const marks = [
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x061c],
  ...[0x00, 0x01, 0x08, 0x0b, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x9f],
  ...[0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad, 0x2028, 0x2029, 0x3164, 0xe0001, 0xe0041],
].map((code) => String.fromCodePoint(code))

describe('a name that is shown', () => {
  it.each(marks.map((mark) => [(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0'), mark]))('has U+%s in sight', (code, mark) => {
    expect(visibleText(`cam${mark}1`)).toBe(`cam⟨U+${code}⟩1`)
  })
  it('is as it was where nothing is hidden in it, in whatever script', () => {
    for (const name of ['cam-1', 'köln/dom', '東京/カメラ', 'Камера 1', 'קamera', 'كاميرا', '🎥', 'a⟩b⟨c', 'two\nlines\tand a tab', '⟨U+ZZ⟩'])
      expect(visibleText(name)).toBe(name)
  })
  it('can be made exact again, whatever was in it', () => {
    const piece = fc.oneof(fc.constantFrom(...marks, '⟨', '⟩', 'U+', '⟨U+202E⟩', '⟨U+27E8⟩', '202E', 'cam', '/'), fc.string({ unit: 'binary', maxLength: 4 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const name = pieces.join('')
        const shown = visibleText(name)
        for (const mark of marks) expect(shown).not.toContain(mark)
        expect(exactText(shown)).toBe(name)
      }),
      { numRuns: 2000 },
    )
  })
  it('leaves what an operator typed alone', () => {
    expect(exactText('⟨U+0041⟩ ⟨U+110000⟩ ⟨U+FFFFFF⟩')).toBe('⟨U+0041⟩ ⟨U+110000⟩ ⟨U+FFFFFF⟩')
  })
})

describe('a name that is entered', () => {
  it.each(marks.map((mark) => [(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0'), mark]))('may not have U+%s', (code, mark) => {
    expect(hiddenIn(`cam${mark}1`)).toBe(`U+${code}`)
    expect(hiddenIn(mark)).toBe(`U+${code}`)
  })
  it('may have the joiners that its script or an emoji needs, and no others', () => {
    for (const name of ['می\u200cخواهم', 'क्\u200dष', 'ක්\u200dය', '👩\u200d💻', '🏳️\u200d🌈', '👩🏽\u200d🚀', '東京/カメラ', 'قناة'])
      expect(hiddenIn(name)).toBeNull()
    for (const name of ['ca\u200dm', 'می\u200c\u200cخ', '\u200dक', 'e\u0301\u200dx', '1\u200c2']) expect(hiddenIn(name)).toMatch(/^U\+200[CD]$/)
  })
})

describe('an answer', () => {
  const answer = { streams: [{ path: 'a\u202Eb', at: 1, tags: ['x', '\u200By'] }], 'k\u2066': null, figures: { slot: [1, 2, null] }, bytes: new Uint8Array(2) }
  it('has every text of it in sight, at any depth, and is exact on its way back', () => {
    const shown = visibleTexts(answer)
    expect(shown).toEqual({
      streams: [{ path: 'a⟨U+202E⟩b', at: 1, tags: ['x', '⟨U+200B⟩y'] }],
      'k⟨U+2066⟩': null,
      figures: answer.figures,
      bytes: answer.bytes,
    })
    expect(exactTexts(shown)).toEqual(answer)
  })
  it('is not copied where there is nothing to change', () => {
    const harmless = { streams: [{ path: 'a' }], figures: { slot: [1] } }
    expect(visibleTexts(harmless)).toBe(harmless)
    expect(visibleTexts(answer).figures).toBe(answer.figures)
  })
})

describe('JSON that is printed', () => {
  it('holds none of them as it is, and says the same to whoever parses it', () => {
    const value = { [`cam${marks.join('')}`]: [`a${marks.join('b')}`, 'köln 🎥\t\n"\\u202e"'] }
    const printed = visibleJson(JSON.stringify(value, null, 2))
    expect(visibleText(printed)).toBe(printed)
    expect(JSON.parse(printed)).toEqual(value)
    expect(visibleJson('"\u{e0041}\u009b"')).toBe('"\\udb40\\udc41\\u009b"')
  })
})
