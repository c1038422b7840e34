import { expect, it } from 'vitest'
import { shownToCsv, toCsv } from './csv.ts'
import { visibleText } from './visibleText.ts'

it('quotes what needs it and ends lines as RFC 4180 says', () => expect(toCsv(['a', 'b,c'], [['x"y', 1]])).toBe('a,"b,c"\r\n"x""y",1\r\n'))
it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '|calc', '%0A'])('makes %j harmless', (text) => {
  expect(toCsv(['a'], [[text]]).split('\r\na')[0]).toContain(`'${text}`)
})
it.each(['＝1+1', '＋1', '－1', '＠SUM(A1)'])('makes the wide form %j harmless', (text) => expect(toCsv(['a'], [[text]])).toBe(`a\r\n'${text}\r\n`))
it.each([
  ['cam;=1+1', `"cam;'=1+1"`],
  ['cam; =1', `"cam;' =1"`],
  ['cam;;@x', `"cam;;'@x"`],
  ['cam;north', '"cam;north"'],
])('begins no formula behind a semicolon, where a spreadsheet splits there: %j', (text, written) => expect(toCsv(['a'], [[text]])).toBe(`a\r\n${written}\r\n`))
it('begins none behind a tab or an end of line either', () => {
  for (const text of ['cam\t=1+1', 'cam\n=1+1', 'cam\r\n=1']) expect(toCsv(['a'], [[text]])).not.toMatch(/[\t\r\n]\s*=/)
})
it('writes marks that turn text around as codes', () => {
  expect(toCsv(['a'], [['gpj.\u202E1mac'], ['\uFEFF=1']])).toBe("a\r\ngpj.⟨U+202E⟩1mac\r\n'⟨U+FEFF⟩=1\r\n")
})
it('leaves negative numbers numbers', () => expect(toCsv(['a'], [[-4.5]])).toBe('a\r\n-4.5\r\n'))
it('writes unknown as nothing, not as zero', () => expect(toCsv(['a', 'b'], [[null, Number.NaN]])).toBe('a,b\r\n,\r\n'))
it('writes what the window shows as it is shown', () => {
  for (const name of ['gpj.\u202E1mac', 'typed ⟨U+202E⟩', 'cam'])
    expect(shownToCsv([visibleText(name)], [[visibleText(name), 1]])).toBe(`${visibleText(name)}\r\n${visibleText(name)},1\r\n`)
})
