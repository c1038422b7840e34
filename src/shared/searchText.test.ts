import { expect, it } from 'vitest'
import { searchTerms, searchText } from './searchText.ts'

it.each([
  ['Zürich', 'zur'],
  ['Straße 4', 'STRASSE'],
  ['Köln', 'koln'],
  ['Köln', 'koeln'],
  ['Ko\u0308ln', 'KOELN'],
  ['Düsseldorf / Südtor', 'suedtor'],
  ['Łódź', 'łod'],
  ['Москва', 'МОСК'],
  ['서울역', '서울'],
  ['北京', '北'],
])('%s is found by %s', (name, typed) => {
  expect(searchText(name)).toContain(searchText(typed))
})
it('what is typed with an umlaut finds its name as before', () => {
  expect(searchTerms('KÖLN')).toEqual(['koln'])
  expect(searchText('Köln')).toContain('koln')
})
it('what is typed falls into words', () => {
  expect(searchTerms('  Zürich  GATE ')).toEqual(['zurich', 'gate'])
  expect(searchTerms('  ')).toEqual([])
})
