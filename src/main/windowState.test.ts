import { expect, test } from 'vitest'
import { type Area, parseWindowState } from './windowState.ts'

const screens: readonly Area[] = [
  { x: 0, y: 0, width: 1920, height: 1040 },
  { x: 1920, y: 0, width: 2560, height: 1400 },
]
const parse = (value: unknown) => parseWindowState(JSON.stringify(value), screens)

test('a window comes back where it stood, on whichever screen', () => {
  const bounds = { x: 2000, y: 100, width: 1400, height: 900 }
  expect(parse({ bounds, maximized: true, fullScreen: false })).toEqual({ bounds, maximized: true, fullScreen: false })
})

test('a window whose screen is gone is placed by the system, and keeps being maximized', () => {
  expect(parse({ bounds: { x: 5000, y: 100, width: 1400, height: 900 }, maximized: true })).toEqual({ bounds: null, maximized: true, fullScreen: false })
  expect(parse({ bounds: { x: 100, y: -300, width: 1400, height: 900 } }).bounds).toBeNull()
  expect(parse({ bounds: { x: -1380, y: 100, width: 1400, height: 900 } }).bounds).toBeNull()
})

test('a window is never smaller than it can be used', () => {
  expect(parse({ bounds: { x: 10, y: 10, width: 20, height: 20 } }).bounds).toEqual({ x: 10, y: 10, width: 960, height: 600 })
})

test.each([null, '', 'nonsense', 'null', '[]', '{"bounds":{"x":"1"}}', '{"bounds":7}'])('nonsense (%s) counts as none', (text) => {
  expect(parseWindowState(text, screens)).toEqual({ bounds: null, maximized: false, fullScreen: false })
})
