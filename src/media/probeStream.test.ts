import { expect, it } from 'vitest'
import { isVp9Key } from './probeStream.ts'

it.each([
  ['a key frame of profile 0', 0x82, true],
  ['a frame between', 0x86, false],
  ['one that shows an earlier one again', 0x88, false],
  ['a key frame of profile 2, of more than 8 bits', 0x92, true],
  ['a key frame of profile 3', 0xb1, true],
  ['a frame between of profile 3', 0xb2, false],
  ['no frame of VP9', 0x42, false],
])('%s is told by its first byte', (_, first, isKey) => {
  expect(isVp9Key(Uint8Array.of(first, 0x49))).toBe(isKey)
})

it('nothing is no key frame', () => {
  expect([isVp9Key(null), isVp9Key(new Uint8Array())]).toEqual([false, false])
})
