import { type exportFormats, type ImportField, importFields } from '../../shared/cameras.ts'
import { toCsv } from '../../shared/csv.ts'
import type { StoredCamera } from './cameras.ts'

interface Names {
  readonly server: (id: string) => string | null
  readonly account: (id: string) => string | null
  readonly plan: (id: string) => string | null
}

/** What an import can read again. Addresses are not taken apart. */
type Column = Exclude<ImportField, 'make' | 'ip' | 'user' | 'password' | 'channel'>
const isColumn = (field: ImportField): field is Column => !['make', 'ip', 'user', 'password', 'channel'].includes(field)
const columns = importFields.filter(isColumn)

/** One with a comma in it is not taken for two. */
const joined = (tags: readonly string[]) => (tags.length === 1 && tags[0]?.includes(',') ? `${tags[0]};` : tags.join('; '))

function cellsOf({ id, input }: StoredCamera, names: Names): Readonly<Record<Column, string>> {
  const { owner, expected } = input
  const atServers = input.streams.filter((stream) => 'serverId' in stream)
  const atAddresses = input.streams.filter((stream) => 'address' in stream)
  const [main, sub] = [atServers.find(({ use }) => use === 'main'), atServers.find(({ use }) => use === 'sub')]
  const address = (wanted: 'main' | 'sub') => atAddresses.find(({ use }) => use === wanted)?.address ?? ''
  const nameOf = (serverId: string | undefined) => (serverId === undefined ? '' : (names.server(serverId) ?? serverId))
  return {
    id,
    name: input.name,
    project: input.project,
    place: input.place,
    owner: owner?.kind === 'account' ? (names.account(owner.id) ?? '') : '',
    group: owner?.kind === 'group' ? owner.name : '',
    importance: input.importance,
    notes: input.notes,
    telephone: input.telephone,
    tags: joined(input.tags),
    expected: expected === null || expected === 'always' ? (expected ?? '') : (names.plan(expected) ?? ''),
    server: nameOf(main?.serverId),
    path: main?.path ?? '',
    subServer: nameOf(sub?.serverId),
    subPath: sub?.path ?? '',
    address: address('main'),
    subAddress: address('sub'),
  }
}

const mediaTypes = { csv: 'text/csv; charset=utf-8; header=present', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' } as const
/** Wide enough for what is in most of them, in characters. */
const widths: Partial<Readonly<Record<Column, number>>> = { id: 10, name: 28, place: 28, notes: 40, path: 32, address: 48, subAddress: 48 }

/** Cameras as a sheet that can be imported again. Addresses are as they are shown, without their secrets. */
export async function exportCameras(cameras: readonly StoredCamera[], format: (typeof exportFormats)[number], names: Names) {
  const rows = cameras.map((camera) => {
    const cells = cellsOf(camera, names)
    return columns.map((column) => cells[column])
  })
  const file = format === 'csv' ? Buffer.from(toCsv(columns, rows)) : await workbookOf(rows)
  return { fileName: `cameras.${format}`, mediaType: mediaTypes[format], base64: file.toString('base64') }
}

/** Every cell is a text: what looks like a formula or a number is none. */
async function workbookOf(rows: readonly (readonly string[])[]): Promise<Buffer> {
  const { default: writeExcelFile } = await import('write-excel-file/node')
  const head = columns.map((value) => ({ value, type: String, fontWeight: 'bold' as const }))
  const body = rows.map((cells) => cells.map((value) => (value === '' ? null : { value, type: String })))
  const sheet = { sheet: 'Cameras', columns: columns.map((column) => ({ width: widths[column] ?? 16 })), stickyRowsCount: 1 }
  return await writeExcelFile([head, ...body], sheet).toBuffer()
}
