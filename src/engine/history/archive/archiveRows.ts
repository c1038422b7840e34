import { type Archive, ArchiveDamaged, type ArchivedEvent, type ArchivedEventRow, type BlobTable, checkedEvent, rowCrc, unsealed } from './archiveFile.ts'

/** Blobs read at once; some megabytes. */
const rowsPerTurn = 64
/** Pictures are larger. */
const picturesPerTurn = 8

interface BlobRow {
  readonly id: number
  readonly bytes: Uint8Array
}

/** Calls `each` for every row of a table of blobs, its CRC checked, in the order of their ids. */
export async function eachBlob(archive: Archive, table: BlobTable, turn: () => Promise<void>, each: (row: BlobRow) => void): Promise<void> {
  const read = archive.db.prepare<[number, number], BlobRow>(`SELECT id, bytes FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`)
  const atOnce = table === 'pictures' ? picturesPerTurn : rowsPerTurn
  for (let last = -(2 ** 53); ; ) {
    const rows = read.all(last, atOnce)
    for (const { id, bytes } of rows) each({ id, bytes: unsealed(table, id, bytes) })
    await turn()
    if (rows.length < atOnce) return
    const next = rows.at(-1)?.id ?? last
    // In a damaged file rows may not be in order, which would make this loop endless.
    if (!(next > last)) throw new ArchiveDamaged(`${table} are out of order`)
    last = next
  }
}

/** Reads every row and compares its CRC. Throws errors that `isDamage` recognizes. `turn` is awaited after every few megabytes. */
export async function checkRows(archive: Archive, turn: () => Promise<void>): Promise<void> {
  archive.meta()
  archive.layouts()
  archive.subjects()
  for (const table of ['rounds', 'samples', 'buckets'] as const) await eachBlob(archive, table, turn, () => {})
  eachText(archive, () => {})
  archive.factsBetween(-Number.MAX_VALUE, Number.MAX_VALUE)
  eachEvent(archive, () => {})
}

export function eachText(archive: Archive, each: (id: number, json: string) => void): void {
  for (const { id, json, crc } of archive.db.prepare<[], { id: number; json: string; crc: number }>('SELECT id, json, crc FROM texts').iterate()) {
    if (crc !== rowCrc('texts', id, json)) throw new ArchiveDamaged(`texts ${id}`)
    each(id, json)
  }
}
export function eachEvent(archive: Archive, each: (event: ArchivedEvent) => void): void {
  for (const row of archive.db.prepare<[], ArchivedEventRow>('SELECT * FROM events').iterate()) each(checkedEvent(row))
}
