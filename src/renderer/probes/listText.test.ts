import { expect, it } from 'vitest'
import { listText } from './spreadsheet.ts'

const list = 'name;url\r\nTür Süd;rtsp://10.0.0.9/tür\r\n'
const unitsOf = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0))
const utf16 = (text: string, bigEndian = false) =>
  Uint8Array.from(unitsOf(text).flatMap((unit) => (bigEndian ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8])))

it.each([
  ['UTF-8', new TextEncoder().encode(list)],
  ['UTF-8 with its mark', new TextEncoder().encode(`\uFEFF${list}`)],
  ['Windows-1252', Uint8Array.from(unitsOf(list))],
  ['UTF-16 as Excel writes it', utf16(`\uFEFF${list}`)],
  ['UTF-16 of the other order', utf16(`\uFEFF${list}`, true)],
  ['UTF-16 without a mark', utf16(list)],
])('a list in %s has its umlauts', (_, bytes) => expect(listText(bytes)).toBe(list))

it('what only Windows-1252 has is read, too', () => expect(listText(Uint8Array.of(0x80, 0x20, 0x93, 0xfc, 0x94))).toBe('€ “ü”'))
