import { separatorOf } from '../../shared/csv.ts'
import { err, ok, type Result } from '../../shared/result.ts'

/** Unpacked size of a file: a list of ten thousand cameras has 5 MB. */
const mostUnpackedBytes = 20_000_000
const mostPacked = 1_000
/** Columns to ZZ. */
const mostRows = 20_000

function isSpreadsheet([first, second, third]: Uint8Array): boolean {
  return first === 0x50 && second === 0x4b && third === 3
}

type Unread = 'tooLarge' | 'unreadable'
type Rows = readonly (readonly string[])[]

/** The first sheet of an `.xlsx` file. Sizes of its directory are checked before unpacking, which ends at them. */
async function rowsOfSpreadsheet(bytes: Uint8Array<ArrayBuffer>): Promise<Result<Rows, Unread>> {
  let files = 0
  let unpacked = 0
  const isLarge = () => files > mostPacked || unpacked > mostUnpackedBytes
  try {
    const { unzipSync } = await import('fflate')
    unzipSync(bytes, {
      filter: ({ size, originalSize }) => {
        files++
        // A stored file takes its own size, whatever the directory says.
        unpacked += Math.max(size, originalSize)
        // A directory may go on for billions of entries.
        if (isLarge()) throw new Error('too large')
        return false
      },
    })
    const sheets = Object.values(unzipSync(bytes, { filter: ({ name }) => /^xl\/worksheets\/[^/]+\.xml$/.test(name) }))
    if (!sheets.every((sheet) => isWithin(new TextDecoder().decode(sheet)))) return err('tooLarge')
    const { readSheet } = await import('read-excel-file/universal')
    // Numbers stay as they are written.
    const rows = await readSheet(bytes.buffer, { parseNumber: (text) => text })
    return ok(rows.map((cells) => cells.map((cell) => (cell ?? '').toString())))
  } catch {
    return err(isLarge() ? 'tooLarge' : 'unreadable')
  }
}

async function bytesOf(file: Blob, mostBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  return file.size > mostBytes ? null : new Uint8Array(await file.arrayBuffer())
}

export async function csvOfFile(file: Blob, mostBytes: number): Promise<Result<string, Unread>> {
  const bytes = await bytesOf(file, mostBytes)
  if (bytes === null) return err('tooLarge')
  if (!isSpreadsheet(bytes)) return ok(listText(bytes))
  const rows = await rowsOfSpreadsheet(bytes)
  return rows.ok ? ok(rows.value.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n')) : rows
}

export async function rowsOfFile(file: Blob, mostBytes: number): Promise<Result<Rows, Unread>> {
  const bytes = await bytesOf(file, mostBytes)
  if (bytes === null) return err('tooLarge')
  if (isSpreadsheet(bytes)) return rowsOfSpreadsheet(bytes)
  const text = listText(bytes).replace(/^\uFEFF/, '')
  const { separator, text: list } = separatorOf(text)
  const { default: papaparse } = await import('papaparse')
  const { data } = papaparse.parse<string[]>(list, { preview: mostRows + 1, delimiter: separator })
  return data.length > mostRows ? err('tooLarge') : ok(data)
}

/** Whether all cells are within a list's size: the library fills all between the first cell and the last, wherever they claim to be. */
function isWithin(xml: string): boolean {
  for (const [, at = ''] of xml.matchAll(/\sr\s*=\s*["']([^"']*)["']/g)) {
    const [, column, row] = /^([A-Z]{0,2})(\d{1,5})$/.exec(at) ?? []
    if (column === undefined || Number(row) > mostRows) return false
  }
  return true
}

/** As spreadsheets of any age write it: UTF-8, UTF-16 of either order, or Windows-1252. */
function listText(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  // Text in an 8-bit encoding has no zeros.
  if (first === 0 || second === 0) return new TextDecoder(first === 0 ? 'utf-16be' : 'utf-16le').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
