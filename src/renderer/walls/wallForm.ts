import { scopeSchema } from '../../shared/maintenance.ts'
import { err, type Result } from '../../shared/result.ts'
import { type Wall, type WallInput, wallInputSchema, wallLimits } from '../../shared/walls.ts'
import { type FormField, listEntered, readEntries, type Wrong } from '../app/editing/fields.ts'
import { linesEntered, type NamedServer, streamLines } from '../fleet/enteredLines.ts'

interface WallEntries {
  readonly name: string
  /** By servers, tags and patterns, or one by one. */
  readonly shows: string
  readonly servers: string
  readonly tags: string
  readonly streams: string
  /** One a line. */
  readonly arranged: string
  readonly columns: string
  readonly rows: string
  readonly live: string
}
type Field = FormField<WallEntries, Wall>

const byScope = ({ shows }: WallEntries) => shows === 'scope'
const numbers = ([least, most]: readonly [number, number]) =>
  Array.from({ length: most - least + 1 }, (_, n) => ({ value: String(least + n), label: { name: String(least + n) } }))

export const wallFields: readonly Field[] = [
  { id: 'name', kind: 'text', label: 'common.name', input: { maxLength: 60 } },
  {
    id: 'shows',
    kind: 'choice',
    label: 'common.streams',
    options: [
      { value: 'scope', label: 'wall.form.byScope' },
      { value: 'listed', label: 'wall.form.oneByOne' },
    ],
  },
  { id: 'servers', kind: 'text', label: 'common.servers', help: 'wall.form.emptyIsAll', wrong: 'maintenance.form.scopeWrong', shown: byScope, half: true },
  { id: 'tags', kind: 'text', label: 'common.tags', help: 'wall.form.emptyIsAll', wrong: 'maintenance.form.scopeWrong', shown: byScope, half: true },
  {
    id: 'streams',
    kind: 'lines',
    label: 'wall.form.streams',
    help: 'wall.form.streamsHint',
    placeholder: 'north/*',
    wrong: 'maintenance.form.scopeWrong',
    shown: byScope,
    input: { rows: 2 },
  },
  {
    id: 'arranged',
    kind: 'lines',
    label: 'wall.form.listed',
    help: 'wall.form.listedHint',
    placeholder: 'Berlin / studio/cam1',
    shown: (entered) => !byScope(entered),
    input: { rows: 8 },
  },
  { id: 'columns', kind: 'choice', label: 'wall.form.columns', options: numbers(wallLimits.columns), half: true },
  { id: 'rows', kind: 'choice', label: 'wall.form.rows', options: numbers(wallLimits.rows), half: true },
  { id: 'live', kind: 'choice', label: 'wall.form.live', help: 'wall.form.liveHint', options: numbers(wallLimits.live) },
]

export function wallEntries(
  wall: Pick<Wall, 'columns' | 'rows' | 'live' | 'scope' | 'arranged'> & { readonly name: string | null },
  servers: readonly NamedServer[],
): WallEntries {
  const { name, columns, rows, live, scope, arranged } = wall
  return {
    name: name ?? '',
    shows: scope === null ? 'listed' : 'scope',
    servers: scope?.servers.join(', ') ?? '',
    tags: scope?.tags.join(', ') ?? '',
    streams: scope?.streams.join('\n') ?? '',
    arranged: arranged.map(streamLines([], servers).lineOf).join('\n'),
    columns: String(columns),
    rows: String(rows),
    live: String(live),
  }
}
export const newWall: Parameters<typeof wallEntries>[0] = { name: null, columns: 4, rows: 3, live: 0, scope: scopeSchema.parse({}), arranged: [] }

export function readWall(entered: WallEntries, stored: Wall | null, servers: readonly NamedServer[]): Result<WallInput, Wrong> {
  const isByScope = byScope(entered)
  const listed = isByScope ? [] : streamLines(stored?.arranged ?? [], servers).read(entered.arranged)
  const input = {
    name: entered.name,
    columns: Number(entered.columns),
    rows: Number(entered.rows),
    live: Number(entered.live),
    scope: isByScope
      ? { servers: listEntered(entered.servers), tags: listEntered(entered.tags), streams: linesEntered(entered.streams).map((line) => line.trim()) }
      : null,
    arranged: isByScope ? (stored?.arranged ?? []) : listed.filter((one) => one !== null),
  }
  const read = readEntries(wallFields, wallInputSchema, input, entered, stored)
  return listed.includes(null) ? err({ ...(read.ok ? {} : read.error), arranged: 'wall.form.listedWrong' }) : read
}
