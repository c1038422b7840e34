import { describe, expect, it } from 'vitest'
import { readProbeList } from '../../engine/probes/probeList.ts'
import { csvOfFile, rowsOfFile } from './listFile.ts'

const csvOf = (bytes: Uint8Array<ArrayBuffer>) => csvOfFile(new Blob([bytes]), 1_000_000)

interface Packed {
  readonly name: string
  readonly bytes: Uint8Array
  /** As the directory says; left out: what it is. */
  readonly said?: number
  readonly isDeflated?: boolean
}
/** A ZIP file of these. */
function zip(files: readonly Packed[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const parts: Uint8Array[] = []
  let length = 0
  const add = (size: number, fill: (view: DataView) => void, ...more: readonly Uint8Array[]) => {
    const head = new Uint8Array(size)
    fill(new DataView(head.buffer))
    for (const part of [head, ...more]) {
      parts.push(part)
      length += part.length
    }
  }
  const places = files.map(({ name, bytes, isDeflated = false }) => {
    const place = length
    add(
      30,
      (view) => {
        view.setUint32(0, 0x04034b50, true)
        view.setUint16(8, isDeflated ? 8 : 0, true)
        view.setUint16(26, name.length, true)
      },
      encoder.encode(name),
      bytes,
    )
    return place
  })
  const directory = length
  files.forEach(({ name, bytes, said = bytes.length, isDeflated = false }, no) => {
    add(
      46,
      (view) => {
        view.setUint32(0, 0x02014b50, true)
        view.setUint16(10, isDeflated ? 8 : 0, true)
        view.setUint32(20, bytes.length, true)
        view.setUint32(24, said, true)
        view.setUint16(28, name.length, true)
        view.setUint32(42, places[no] ?? 0, true)
      },
      encoder.encode(name),
    )
  })
  add(22, (view) => {
    view.setUint32(0, 0x06054b50, true)
    view.setUint16(8, files.length, true)
    view.setUint32(16, directory, true)
  })
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const text = (name: string, xml: string): Packed => ({ name, bytes: new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${xml}`) })
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packed = 'http://schemas.openxmlformats.org/package/2006/relationships'
/** A workbook as Excel writes it, with one sheet of these rows; a row that is null is not there. */
function workbook(rows: readonly (readonly (string | number)[] | null)[], more: readonly Packed[] = []) {
  const strings: string[] = []
  const cellOf = (cell: string | number, at: string) =>
    typeof cell === 'number' ? `<c r="${at}"><v>${cell}</v></c>` : `<c r="${at}" t="s"><v>${strings.push(cell) - 1}</v></c>`
  const data = rows
    .map((row, index) => row && `<row r="${index + 1}">${row.map((cell, column) => cellOf(cell, `${'ABCDEFG'[column]}${index + 1}`)).join('')}</row>`)
    .join('')
  return zip([
    text('xl/workbook.xml', `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="Cameras" sheetId="1" r:id="rId1"/></sheets></workbook>`),
    text(
      'xl/_rels/workbook.xml.rels',
      `<Relationships xmlns="${packed}"><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    ),
    text('xl/worksheets/sheet1.xml', `<worksheet xmlns="${main}"><sheetData>${data}</sheetData></worksheet>`),
    text('xl/sharedStrings.xml', `<sst xmlns="${main}">${strings.map((one) => `<si><t>${one}</t></si>`).join('')}</sst>`),
    ...more,
  ])
}
async function listOf(bytes: Uint8Array<ArrayBuffer>) {
  const csv = await csvOf(bytes)
  if (!csv.ok) throw new Error(csv.error)
  return readProbeList(csv.value, () => false)
}

describe('a spreadsheet', () => {
  it('is a list of probes as it stands, numbers and umlauts included', async () => {
    const bytes = workbook([
      ['Name', 'URL', 'Interval seconds'],
      ['Tür "Süd", hinten', 'rtsp://noc:a,b;c@10.0.0.9/Streaming/Channels/101', 30],
      ['Hof', 'rtsp://10.0.0.10:8554/2', 600],
    ])
    const { inputs, validationErrors } = await listOf(bytes)
    expect([inputs.map(({ name, url, intervalSeconds }) => [name, url, intervalSeconds]), validationErrors]).toEqual([
      [
        ['Tür "Süd", hinten', 'rtsp://noc:a,b;c@10.0.0.9/Streaming/Channels/101', 30],
        ['Hof', 'rtsp://10.0.0.10:8554/2', 600],
      ],
      [],
    ])
  })

  it('has its mistakes in the rows that Excel counts, also below an empty one', async () => {
    const bytes = workbook([['name', 'url'], ['one', 'rtsp://10.0.0.9/1'], null, ['', 'rtsp://10.0.0.9/2'], ['three', 'ftp://10.0.0.9/3']])
    expect((await listOf(bytes)).validationErrors.map(({ line, column }) => [line, column])).toEqual([
      [4, 'name'],
      [5, 'url'],
    ])
  })

  it('that unpacks to gigabytes is refused before it is unpacked, however it is packed', async () => {
    const bomb = { name: 'xl/media/image1.png', bytes: new Uint8Array(10) }
    const rows = [['name', 'url']]
    expect(await csvOf(workbook(rows, [{ ...bomb, said: 0xfffffffe }]))).toEqual({ ok: false, error: 'tooLarge' })
    const many = Array.from({ length: 300 }, (_, no) => ({ ...bomb, name: `xl/media/${no}.png`, said: 100_000 }))
    expect(await csvOf(workbook(rows, many))).toEqual({ ok: false, error: 'tooLarge' })
    const small = Array.from({ length: 1_200 }, (_, no) => ({ ...bomb, name: `xl/${no}.xml`, said: 10 }))
    expect(await csvOf(workbook(rows, small))).toEqual({ ok: false, error: 'tooLarge' })
  })

  it('with a cell far out is refused, and not filled up to there', async () => {
    const at = (place: string) =>
      zip([
        text('xl/workbook.xml', `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="Cameras" sheetId="1" r:id="rId1"/></sheets></workbook>`),
        text(
          'xl/_rels/workbook.xml.rels',
          `<Relationships xmlns="${packed}"><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
        ),
        text('xl/worksheets/sheet1.xml', `<worksheet xmlns="${main}"><sheetData><row r="1"><c r="${place}"><v>1</v></c></row></sheetData></worksheet>`),
      ])
    for (const place of ['XFD1048576', 'A4000000000', 'ZZZZZZ1', 'A20001', '&#88;FD1', 'x1'])
      expect([place, await csvOf(at(place))]).toEqual([place, { ok: false, error: 'tooLarge' }])
    expect(await csvOf(at('B2'))).toMatchObject({ ok: true })
  })

  it('whose directory lies is unpacked no further than it says', async () => {
    const stream = new Blob([new Uint8Array(30_000_000)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
    const bomb = { name: 'xl/worksheets/sheet2.xml', bytes, said: 1_000, isDeflated: true }
    expect(
      (
        await listOf(
          workbook(
            [
              ['name', 'url'],
              ['one', 'rtsp://10.0.0.9/1'],
            ],
            [bomb],
          ),
        )
      ).inputs,
    ).toHaveLength(1)
  })

  it('that is none, is cut off or damaged is not read', async () => {
    const whole = workbook([['name', 'url']])
    for (const bytes of [whole.slice(0, 300), zip([text('word/document.xml', '<w/>')]), Uint8Array.of(0x50, 0x4b, 3, 4)])
      expect(await csvOf(bytes)).toEqual({ ok: false, error: 'unreadable' })
    expect(await csvOf(new TextEncoder().encode('PK,name'))).toEqual({ ok: true, value: 'PK,name' })
  })
})

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
])('a list in %s has its umlauts', async (_, bytes) => expect(await csvOf(bytes)).toEqual({ ok: true, value: list }))

it('what only Windows-1252 has is read, too', async () =>
  expect(await csvOf(Uint8Array.of(0x80, 0x20, 0x93, 0xfc, 0x94))).toEqual({ ok: true, value: '€ “ü”' }))

it('a list is the same rows, whatever kind of file it is and whatever separates its columns', async () => {
  const rows = [
    ['name', 'channel'],
    ['Tür; "Süd"', '0101'],
  ]
  const files = [
    workbook(rows),
    ...['name,channel\n"Tür; ""Süd""",0101', '\uFEFFname;channel\r\n"Tür; ""Süd""";0101', 'sep=|\nname|channel\n"Tür; ""Süd"""|0101'].map((csv) =>
      new TextEncoder().encode(csv),
    ),
  ]
  for (const bytes of files) expect(await rowsOfFile(new Blob([bytes]), 1_000_000)).toEqual({ ok: true, value: rows })
})

it.each([',', ';', '\t', '|'])('columns are separated by what separates the headings, however few rows there are: %j', async (by) =>
  expect(await rowsOfFile(new Blob([`name${by}tags\nGate 3${by}west\n`]), 100)).toEqual({ ok: true, value: [['name', 'tags'], ['Gate 3', 'west'], ['']] }),
)

it('a file that is larger than a list may be is not read, nor one of more rows', async () => {
  expect(await rowsOfFile(new Blob([new Uint8Array(101)]), 100)).toEqual({ ok: false, error: 'tooLarge' })
  expect(await rowsOfFile(new Blob(['a,b\n'.repeat(20_001)]), 1_000_000)).toEqual({ ok: false, error: 'tooLarge' })
})
