import { expect, it } from 'vitest'
import { searchText } from '../../shared/searchText.ts'
import { findByName } from './findByName.ts'

const named = (...texts: string[]) => texts.map((text) => ({ text }))
const texts = (found: readonly { readonly text: string }[]) => found.map(({ text }) => text)

it('puts what starts with the words first, then what has a word that does', () => {
  expect(texts(findByName(named('webcam', 'studio/cam-1', 'camera'), 'cam', 10).found)).toEqual(['camera', 'studio/cam-1', 'webcam'])
})
it('wants every word, in any order and any case', () => {
  expect(texts(findByName(named('gate berlin', 'gate koln', 'yard koln'), 'KÖLN ga', 10).found)).toEqual(['gate koln'])
})
it('finds a name with accents by its bare letters, and a word behind one of another script', () => {
  const places = named(...['Zürich gate', 'lazurite', 'Москва вход'].map(searchText))
  for (const typed of ['zur', 'zür', 'zuer']) expect(texts(findByName(places, typed, 10).found)[0]).toBe(searchText('Zürich gate'))
  expect(texts(findByName(places, 'zur', 10).found)).toEqual(['Zürich gate', 'lazurite'].map(searchText))
  expect(texts(findByName(named('мосвход', 'москва вход'), 'вход', 10).found)).toEqual(['москва вход', 'мосвход'])
})
it('puts what is in trouble before what is not, among those that fit alike, also beyond the limit', () => {
  const cams = ['cam-1', 'cam-2', 'cam-3', 'webcam-4'].map((text) => ({ text, bad: text === 'cam-3' || text === 'webcam-4' }))
  expect(texts(findByName(cams, 'cam', 2, ({ bad }) => bad).found)).toEqual(['cam-3', 'cam-1'])
})
it('counts beyond its limit', () => {
  const { found, total } = findByName(named('cam-1', 'cam-2', 'cam-3'), 'cam', 2)
  expect([texts(found), total]).toEqual([['cam-1', 'cam-2'], 3])
})
it('gives the first ones when nothing was typed', () => {
  expect(texts(findByName(named('a', 'b'), '  ', 1).found)).toEqual(['a'])
})
