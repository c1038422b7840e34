import { expect, it } from 'vitest'
import { findByName } from './findByName.ts'

const named = (...texts: string[]) => texts.map((text) => ({ text }))
const texts = (found: readonly { readonly text: string }[]) => found.map(({ text }) => text)

it('puts what starts with the words first, then what has a word that does', () => {
  expect(texts(findByName(named('webcam', 'studio/cam-1', 'camera'), 'cam', 10).found)).toEqual(['camera', 'studio/cam-1', 'webcam'])
})
it('wants every word, in any order and any case', () => {
  expect(texts(findByName(named('gate berlin', 'gate köln', 'yard köln'), 'KÖLN ga', 10).found)).toEqual(['gate köln'])
})
it('counts beyond its limit', () => {
  const { found, total } = findByName(named('cam-1', 'cam-2', 'cam-3'), 'cam', 2)
  expect([texts(found), total]).toEqual([['cam-1', 'cam-2'], 3])
})
it('gives the first ones when nothing was typed', () => {
  expect(texts(findByName(named('a', 'b'), '  ', 1).found)).toEqual(['a'])
})
