import { describe, expect, it } from 'vitest'
import { importFields } from '../../shared/cameras.ts'
import { guessMapping, previewRows, sheetOf } from './importSheet.ts'

describe('a sheet of cameras', () => {
  it('begins with its first row that is not empty, and leaves out empty rows and columns without a heading', () => {
    const sheet = sheetOf('list.csv', [
      ['', ''],
      [' Name ', '', 'IP'],
      ['gate', 'x', '10.0.0.9 '],
      ['', '', ''],
      ['yard', '', ''],
    ])
    expect(sheet).toEqual({
      name: 'list.csv',
      headings: ['Name', 'IP'],
      rows: [
        { Name: 'gate', IP: '10.0.0.9' },
        { Name: 'yard', IP: '' },
      ],
      lines: [3, 5],
    })
  })

  it('has each heading once: the first column of two with the same', () => {
    expect(
      sheetOf('', [
        ['name', 'name'],
        ['a', 'b'],
      ]),
    ).toMatchObject({ headings: ['name'], rows: [{ name: 'a' }] })
  })

  it('without any text is none', () => expect(sheetOf('', [[''], ['  ', '']])).toBeNull())
})

describe('columns', () => {
  it('are guessed by their headings in the languages of the window, whatever their case and spaces', () => {
    expect(guessMapping(['Kamera', 'IP-Adresse', 'Benutzer', 'Kennwort', 'Kanal', 'Hersteller', 'Farbe'], importFields)).toEqual({
      ...{ Kamera: 'name', 'IP-Adresse': 'ip', Benutzer: 'user' },
      ...{ Kennwort: 'password', Kanal: 'channel', Hersteller: 'make' },
    })
    expect(guessMapping(['名称', 'Адрес', '프로젝트', 'sub path'], importFields)).toEqual({
      名称: 'name',
      Адрес: 'address',
      프로젝트: 'project',
      'sub path': 'subPath',
    })
  })

  it('get each field once, the first column that fits', () => {
    expect(guessMapping(['Name', 'Camera name'], importFields)).toEqual({ Name: 'name' })
  })

  it('of an exported sheet are found again', () => {
    expect(Object.values(guessMapping(importFields, importFields))).toEqual(importFields)
  })
})

it('rows with mistakes come first, and rows are counted as the spreadsheet counts them', () => {
  const row = (number: number, outcome: 'added' | 'mistake' | 'same' | 'duplicate', ofRow: number | null = null) => ({
    row: number,
    outcome,
    name: `cam ${number}`,
    ofRow,
    camera: null,
    fields: [],
  })
  const mistake = { row: 3, column: 'IP', validationError: { kind: 'empty' as const } }
  const rows = previewRows({ rows: [row(1, 'same'), row(2, 'added'), row(3, 'mistake'), row(4, 'duplicate', 2)], mistakes: [mistake] }, { lines: [2, 3, 5, 9] })
  expect(rows.map(({ line, outcome, ofRow, mistakes }) => [line, outcome, ofRow, mistakes.length])).toEqual([
    [5, 'mistake', null, 1],
    [9, 'duplicate', 3, 0],
    [3, 'added', null, 0],
    [2, 'same', null, 0],
  ])
})
