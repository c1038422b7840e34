import { noServerOfName, noSuchName, serverOf } from '../../shared/asked.ts'
import {
  addressTemplates,
  type CameraChange,
  type CameraImportInput,
  type CameraInput,
  type CameraStream,
  cameraInputSchema,
  type ImportedCameras,
  type ImportedRow,
  type ImportField,
  type ImportMistake,
  importances,
  mostCameras,
} from '../../shared/cameras.ts'
import { textOfCsv } from '../../shared/csv.ts'
import type { Operator } from '../../shared/permissions.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type ValidationError, validationErrorOf } from '../../shared/validationErrors.ts'
import { halfIn } from '../../shared/visibleText.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { addressOf, type Cameras, type StoredCamera, serverStreamsOf, streamKey } from './cameras.ts'

interface Named {
  readonly id: string
  readonly name: string
}
export interface ImportKnown {
  readonly servers: readonly Named[]
  readonly plans: readonly Named[]
  readonly people: Pick<Accounts, 'idOf'>
}

/** Maximum number of mistakes reported, the first ones. */
const mostMistakes = 500
const mostNamed = 20

type Texts = ReadonlyMap<ImportField, string>
/** Longest user or password of an address that a template makes. */
const longestUser = 256
const longestTemplate = 1_000

type Wrong = (field: ImportField | null, validationError: ValidationError) => void

/** The address that a template makes of a device: its host as it is, all else escaped; without user and password where it has none. `{channel2}` has two digits. */
function addressBy(template: string, texts: Texts): string {
  const channel = texts.get('channel') || '1'
  const values: Readonly<Record<string, string>> = {
    ip: texts.get('ip') ?? '',
    user: encodeURIComponent(texts.get('user') ?? ''),
    password: encodeURIComponent(texts.get('password') ?? ''),
    channel: encodeURIComponent(channel),
    channel2: encodeURIComponent(channel.padStart(2, '0')),
  }
  return template.replaceAll(/\{(\w+)\}/g, (all, name: string) => (Object.hasOwn(values, name) ? (values[name] as string) : all)).replace('//:@', '//')
}

/** Which columns say what a field of a camera is. */
const columnsOf: Readonly<Partial<Record<keyof CameraInput, readonly ImportField[]>>> = {
  owner: ['owner', 'group'],
  streams: ['server', 'path', 'subServer', 'subPath', 'address', 'subAddress', 'make', 'ip', 'user', 'password', 'channel'],
}
const fields = Object.keys(cameraInputSchema.shape) as readonly (keyof CameraInput)[]
const slotOf = (stream: CameraStream) => `${stream.use} ${'serverId' in stream ? 'server' : 'address'}`
/** Which columns fill which of the four kinds of streams. */
const slots: Readonly<Record<string, readonly ImportField[]>> = {
  'main server': ['server', 'path'],
  'main address': ['address', 'make', 'ip', 'user', 'password', 'channel'],
  'sub server': ['subServer', 'subPath'],
  'sub address': ['subAddress'],
}

/** Separated by semicolons, or by commas where there is none. */
function tagsOf(text: string): string[] {
  const tags = text.split(text.includes(';') ? ';' : ',').map((tag) => tag.trim())
  return [...new Set(tags.filter((tag) => tag !== ''))]
}

/** Reads the rows of a sheet, and says what would become of each. */
class SheetReader {
  readonly #known: ImportKnown
  readonly #isGiven: ReadonlySet<ImportField>

  constructor(known: ImportKnown, mapping: CameraImportInput['mapping']) {
    this.#known = known
    this.#isGiven = new Set(Object.values(mapping))
  }

  /** Whether the sheet says anything of this field of a camera. */
  gives(field: keyof CameraInput): boolean {
    return (columnsOf[field] ?? [field as ImportField]).some((column) => this.#isGiven.has(column))
  }

  /** What a row says of a camera, as far as the sheet has columns for it. */
  read(texts: Texts, before: StoredCamera | null, wrong: Wrong): Record<string, unknown> {
    const of = (field: ImportField) => texts.get(field) ?? ''
    const change: Record<string, unknown> = {}
    for (const field of ['name', 'project', 'place', 'notes', 'telephone'] as const) if (this.#isGiven.has(field)) change[field] = of(field)
    if (this.#isGiven.has('tags')) change.tags = tagsOf(of('tags'))
    if (this.#isGiven.has('importance')) change.importance = of('importance') === '' ? 'normal' : of('importance').toLowerCase()
    if (this.gives('owner')) change.owner = this.#owner(of('owner'), of('group'), wrong)
    if (this.gives('expected')) change.expected = this.#expected(of('expected'), wrong)
    if (this.gives('streams')) change.streams = this.#streams(texts, before?.input.streams ?? [], wrong)
    return change
  }

  #owner(name: string, group: string, wrong: Wrong): CameraInput['owner'] {
    if (name !== '' && group !== '') wrong('group', { kind: 'givenBeside', other: 'owner', oneOf: ['owner', 'group'] })
    if (group !== '') return { kind: 'group', name: group }
    if (name === '') return null
    const id = this.#known.people.idOf(name)
    if (id === null) wrong('owner', noSuchName(name, []))
    return id === null ? null : { kind: 'account', id }
  }

  #expected(text: string, wrong: Wrong): CameraInput['expected'] {
    if (text === '') return null
    if (text.toLowerCase() === 'always') return 'always'
    const plan = serverOf(text, this.#known.plans)
    if (plan === undefined) wrong('expected', noSuchName(text, ['always', ...this.#known.plans.map(({ name }) => name)]))
    return plan?.id ?? null
  }

  #streams(texts: Texts, before: readonly CameraStream[], wrong: Wrong): CameraStream[] {
    const of = (field: ImportField) => texts.get(field) ?? ''
    const found = new Map<string, CameraStream | null>()
    for (const [slot, columns] of Object.entries(slots)) if (columns.some((column) => this.#isGiven.has(column))) found.set(slot, null)
    const main = this.#server('server', of('server'), of('path'), wrong)
    if (main !== null) found.set('main server', { use: 'main', serverId: main, path: of('path') })
    const sub = of('subPath') === '' ? null : of('subServer') === '' && main !== null ? main : this.#server('subServer', of('subServer'), of('subPath'), wrong)
    if (sub !== null) found.set('sub server', { use: 'sub', serverId: sub, path: of('subPath') })
    const address = this.#address(texts, wrong)
    if (address !== null) found.set('main address', { use: 'main', address })
    if (of('subAddress') !== '') found.set('sub address', { use: 'sub', address: of('subAddress') })
    // The first stream of a kind is what the sheet says; further ones stay.
    const streams: CameraStream[] = []
    const done = new Set<string>()
    for (const stream of before) {
      const slot = slotOf(stream)
      const said = found.get(slot)
      if (said === undefined || done.has(slot)) streams.push(stream)
      else if (said !== null) streams.push(said)
      done.add(slot)
    }
    for (const [slot, said] of found) if (said !== null && !done.has(slot)) streams.push(said)
    return streams
  }

  #server(column: 'server' | 'subServer', name: string, path: string, wrong: Wrong): string | null {
    if (path === '') {
      if (name !== '' && column === 'server') wrong('path', { kind: 'missing', key: 'path' })
      return null
    }
    const { servers } = this.#known
    const server = name === '' && servers.length === 1 ? servers[0] : serverOf(name, servers)
    if (server === undefined) wrong(column, name === '' ? { kind: 'missing', key: column } : noServerOfName(name, servers))
    return server?.id ?? null
  }

  #address(texts: Texts, wrong: Wrong): string | null {
    const given = texts.get('address') ?? ''
    if (given !== '') return given
    const make = texts.get('make') ?? ''
    const ip = texts.get('ip') ?? ''
    // A make alone says nothing of an address.
    if (ip === '') return null
    if (make === '') wrong('make', { kind: 'missing', key: 'make' })
    const known = Object.keys(addressTemplates)
    // Of another make, the template itself stands in the cell.
    const isTemplate = make.includes('{ip}') && make.length <= longestTemplate
    const template = isTemplate ? make : addressTemplates[known.find((one) => one.toLowerCase() === make.toLowerCase()) ?? '']
    if (template === undefined) {
      // It may be an address with its password.
      if (/:\/\/|\{/.test(make)) wrong('make', { kind: 'notSuchAs', example: 'rtsp://{user}:{password}@{ip}/live/{channel}' })
      else if (make !== '') wrong('make', noSuchName(make, known))
      return null
    }
    const channel = texts.get('channel') ?? ''
    if (channel !== '' && !/^\d{1,3}$/.test(channel)) wrong('channel', { kind: 'notACount', least: 0, most: 999 })
    if (!/^(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i.test(ip)) {
      wrong('ip', { kind: 'notSuchAs', example: '192.168.1.20, camera.example.com' })
      return null
    }
    for (const field of ['user', 'password', 'channel'] as const) {
      const text = texts.get(field) ?? ''
      const code = halfIn(text)
      if (code !== null) wrong(field, { kind: 'hiddenCharacter', code })
      // They are escaped, and a template may name them several times.
      else if (text.length > longestUser) wrong(field, { kind: 'tooLong', most: longestUser })
      else continue
      return null
    }
    // A port of its own takes the place of that of the template.
    return addressBy(/:\d+$/.test(ip) && !ip.endsWith(']') ? template.replace(/\{ip\}:\d+/, '{ip}') : template, texts)
  }
}

/** Finds what a row duplicates: an earlier row, or a camera that exists. */
class Duplicates {
  readonly #rowOf = new Map<string, number>()
  readonly #cameraOf = new Map<string, StoredCamera>()

  constructor(seen: readonly StoredCamera[]) {
    for (const camera of seen) for (const key of [nameKey(camera.input), ...streamKeysOf(camera)]) if (!this.#cameraOf.has(key)) this.#cameraOf.set(key, camera)
  }

  /** Of a camera as the row would make it. */
  find(made: StoredCamera, before: StoredCamera | null): { readonly ofRow: number | null; readonly camera: StoredCamera | null } | null {
    const streams = streamKeysOf(made)
    for (const key of [nameKey(made.input), `id ${made.id}`, ...streams]) {
      const ofRow = this.#rowOf.get(key)
      if (ofRow !== undefined) return { ofRow, camera: null }
    }
    // A new one of a name that several cameras have already: which is meant, nobody knows.
    const had = new Set(before === null ? [] : [nameKey(before.input), ...streamKeysOf(before)])
    for (const key of [nameKey(made.input), ...streams]) {
      const camera = this.#cameraOf.get(key)
      if (camera !== undefined && camera.id !== made.id && !had.has(key)) return { ofRow: null, camera }
    }
    return null
  }
  note(made: StoredCamera, row: number): void {
    for (const key of [nameKey(made.input), `id ${made.id}`, ...streamKeysOf(made)]) this.#rowOf.set(key, row)
  }
}
const nameKey = ({ project, name }: Pick<CameraInput, 'project' | 'name'>) => `name ${project.toLowerCase()}\n${name.toLowerCase()}`
function streamKeysOf(camera: StoredCamera): readonly string[] {
  const address = addressOf(camera)
  const atServers = serverStreamsOf(camera).map((stream) => `stream ${streamKey(stream)}`)
  return address === null ? atServers : [...atServers, `address ${address}`]
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** Adds and changes cameras by the rows of a sheet: all of them, or none where a row has a mistake. */
export function importCameras(
  cameras: Cameras,
  known: ImportKnown,
  { rows, mapping, adds, preview }: CameraImportInput,
  operator: Operator,
): Result<ImportedCameras, 'KEY_UNAVAILABLE' | 'TOO_MANY'> {
  const reader = new SheetReader(known, mapping)
  const seen = cameras.seenBy(operator)
  const byName = Map.groupBy(seen, ({ input }) => nameKey(input))
  const byBareName = Map.groupBy(seen, ({ input }) => input.name.toLowerCase())
  const duplicates = new Duplicates(seen)
  const columns = Object.entries(mapping)
  const headings = new Map(columns.map(([heading, field]) => [field, heading]))
  const hasProject = headings.has('project')

  const mistakes: ImportMistake[] = []
  const mistaken = new Set<number>()
  const outcomes: ImportedRow[] = []
  const kept: StoredCamera[] = []
  const wrongIn = (row: number) => (column: string | null, validationError: ValidationError) => {
    mistaken.add(row)
    if (mistakes.length < mostMistakes) mistakes.push({ row, column, validationError })
  }
  for (const [heading, field] of columns) if (headings.get(field) !== heading) wrongIn(1)(heading, { kind: 'givenTwice', name: field })
  if (!headings.has('name') && !headings.has('id')) wrongIn(1)(null, { kind: 'missing', key: 'name' })

  const findBefore = (texts: Texts, wrong: Wrong): StoredCamera | null => {
    const id = texts.get('id') ?? ''
    if (id !== '') {
      const camera = cameras.get(id, operator)
      // A sheet of another console: its cameras are new here, unless they have a name of ours.
      if (camera !== null || headings.has('name')) return camera ?? byNameOf(texts)
      wrong('id', noSuchName(id, []))
      return null
    }
    return byNameOf(texts)
  }
  const byNameOf = (texts: Texts): StoredCamera | null => {
    const name = texts.get('name') ?? ''
    const found = hasProject ? byName.get(nameKey({ project: texts.get('project') ?? '', name })) : byBareName.get(name.toLowerCase())
    return found?.length === 1 ? (found[0] ?? null) : null
  }

  for (const [place, cells] of rows.entries()) {
    const row = place + 1
    const texts = new Map(columns.map(([heading, field]) => [field, textOfCsv(Object.hasOwn(cells, heading) ? (cells[heading] ?? '') : '').trim()]))
    if ([...texts.values()].every((text) => text === '')) continue
    const inRow = wrongIn(row)
    const wrong: Wrong = (field, validationError) => inRow(field === null ? null : (headings.get(field) ?? field), validationError)
    const before = adds ? null : findBefore(texts, wrong)
    const change = reader.read(texts, before, wrong)
    const name = texts.get('name') ?? before?.input.name ?? ''
    const outcome = (said: ImportedRow['outcome'], more: Partial<ImportedRow> = {}) =>
      outcomes.push({ row, outcome: said, name, ofRow: null, camera: before && { id: before.id, name: before.input.name }, fields: [], ...more })
    const parsed = mistaken.has(row) ? null : cameraInputSchema.safeParse({ ...before?.input, ...change })
    if (parsed?.success === false) for (const issue of parsed.error.issues) wrong(fieldOf(issue.path, change.streams, headings), issueOf(issue, issue.path[0]))
    if (parsed?.success !== true) {
      outcome('mistake')
      continue
    }
    const changed = fields.filter((field) => before === null || !isSame(before.input[field], parsed.data[field]))
    const made = cameras.made(before, Object.fromEntries(changed.map((field) => [field, parsed.data[field]])) as CameraChange, operator)
    if (!made.ok) {
      if (made.error === 'KEY_UNAVAILABLE') return err('KEY_UNAVAILABLE')
      wrong(...refusalOf(made.error, operator, headings))
      outcome('mistake')
      continue
    }
    // An address entered with its secrets may be what it was.
    const differs = changed.filter(
      (field) =>
        before === null || field !== 'streams' || !isSame(before.input.streams, made.value.input.streams) || !isSame(before.addresses, made.value.addresses),
    )
    const found = duplicates.find(made.value, before)
    if (found !== null) {
      outcome('duplicate', { ofRow: found.ofRow, camera: found.camera && { id: found.camera.id, name: found.camera.input.name } })
      continue
    }
    duplicates.note(made.value, row)
    if (differs.length > 0) kept.push(made.value)
    outcome(before === null ? 'added' : differs.length > 0 ? 'changed' : 'same', { fields: before === null ? [] : differs })
  }
  const count = (outcome: ImportedRow['outcome']) => outcomes.filter((one) => one.outcome === outcome).length
  const done = !preview && mistaken.size === 0
  if (done && kept.length > 0) {
    const written = cameras.write(kept, [], operator, null)
    if (!written.ok) return err('TOO_MANY')
  } else if (seen.length + count('added') > mostCameras) return err('TOO_MANY')
  return ok({
    done,
    added: count('added'),
    changed: count('changed'),
    same: count('same'),
    duplicates: count('duplicate'),
    mistaken: mistaken.size,
    rows: outcomes,
    mistakes,
  })
}

/** The column that a mistake in a field of a camera is in. */
function fieldOf(path: readonly PropertyKey[], streams: unknown, headings: ReadonlyMap<ImportField, string>): ImportField | null {
  const [field, place] = path
  if (field === 'owner') return 'group'
  if (field !== 'streams') return typeof field === 'string' && headings.has(field as ImportField) ? (field as ImportField) : null
  const stream = Array.isArray(streams) && typeof place === 'number' ? (streams[place] as CameraStream | undefined) : undefined
  const candidates = stream === undefined ? [] : (slots[slotOf(stream)] ?? [])
  if (stream !== undefined && 'serverId' in stream) return stream.use === 'main' ? 'path' : 'subPath'
  return candidates.find((column) => headings.has(column)) ?? null
}
function issueOf(issue: Parameters<typeof validationErrorOf>[0], field: PropertyKey | undefined): ValidationError {
  return field === 'importance' ? { kind: 'notOneOf', words: [...importances] } : validationErrorOf(issue)
}

/** Why a camera of a sheet is refused, by its column. */
function refusalOf(why: string, { limit }: Operator, headings: ReadonlyMap<ImportField, string>): Parameters<Wrong> {
  if (why === 'SECRETS_HIDDEN') return [headings.has('address') ? 'address' : 'subAddress', { kind: 'secretsHidden' }]
  return ['project', { kind: 'notOneOf', words: [...(limit?.projects ?? []), ...(limit?.tags ?? [])].slice(0, mostNamed) }]
}
