import {
  type Camera,
  type CameraInput,
  type CameraOwner,
  type CameraStream,
  type CommonCameraChange,
  cameraInputSchema,
  importances,
} from '../../shared/cameras.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { validationErrorOf } from '../../shared/validationErrors.ts'
import { type FormField, type Label, listEntered, readEntries, type Wrong } from '../app/editing/fields.ts'
import { linesEntered, type NamedServer, streamLines } from '../fleet/enteredLines.ts'

interface CameraEntries {
  readonly name: string
  readonly project: string
  readonly place: string
  readonly importance: string
  /** nobody, account or group. */
  readonly ownerKind: string
  readonly account: string
  readonly group: string
  readonly telephone: string
  readonly tags: string
  /** One a line: `Berlin / studio/cam1`, or an address. */
  readonly main: string
  readonly sub: string
  readonly expected: string
  readonly notes: string
}
type Field = FormField<CameraEntries, Camera>

export interface OwnerChoices {
  readonly accounts: ReadonlyMap<string, string>
  /** Times on air, by the ids of their plans. */
  readonly plans: readonly { readonly id: string; readonly name: string }[]
}

const ownerKinds = ['nobody', 'account', 'group'] as const
const importanceOptions = importances.map((value) => ({ value, label: `cameras.importance.${value}` as const }))
const namedOptions = (names: Iterable<readonly [string, string]>) => Array.from(names, ([value, name]) => ({ value, label: { name } as Label }))
const isAbout =
  (kind: (typeof ownerKinds)[number]) =>
  ({ ownerKind }: Pick<CameraEntries, 'ownerKind'>) =>
    ownerKind === kind

/** Whoever may not read the accounts keeps the owner that a camera has, or gives it to a group. */
function ownerFields({ accounts }: OwnerChoices, owner: CameraOwner | null): readonly Field[] {
  const unnamed = owner?.kind === 'account' && !accounts.has(owner.id) ? [{ value: owner.id, label: 'cameras.someAccount' as const }] : []
  const known = [...unnamed, ...namedOptions(accounts)]
  return [
    {
      id: 'ownerKind',
      kind: 'choice',
      label: 'cameras.column.owner',
      help: 'cameras.form.ownerHint',
      options: ownerKinds.filter((kind) => kind !== 'account' || known.length > 0).map((value) => ({ value, label: `cameras.form.owner.${value}` as const })),
      half: true,
    },
    { id: 'account', kind: 'choice', label: 'cameras.form.owner.account', options: known, shown: isAbout('account'), half: true },
    { id: 'group', kind: 'text', label: 'cameras.form.owner.group', shown: isAbout('group'), half: true },
  ]
}
/** Whoever may not read the plans keeps that of a camera. */
function expectedField({ plans }: OwnerChoices, stored: Camera['expected']): Field {
  const known = new Map<string, Label>([
    ['', 'cameras.form.notSaid'],
    ['always', 'cameras.form.always'],
    ...plans.map(({ id, name }) => [id, { name }] as const),
  ])
  if (stored !== null && !known.has(stored)) known.set(stored, 'onAir.title')
  const options = Array.from(known, ([value, label]) => ({ value, label }))
  return { id: 'expected', kind: 'choice', label: 'cameras.form.expected', options, half: true }
}
const projectField: Field = { id: 'project', kind: 'text', label: 'cameras.column.project', half: true }
const placeField: Field = { id: 'place', kind: 'text', label: 'cameras.column.place', half: true }
const importanceField: Field = { id: 'importance', kind: 'choice', label: 'cameras.form.importance', options: importanceOptions, half: true }
const tagsField: Field = { id: 'tags', kind: 'text', label: 'common.tags', help: 'cameras.form.tagsHint' }

/** `aid`: finds streams on servers; without it whoever enters sees none, and enters addresses alone. */
export function cameraFields(choices: OwnerChoices, stored: Camera | null, aid: Field['aid']): readonly Field[] {
  const streams = (id: 'main' | 'sub'): Field => ({
    id,
    kind: 'lines',
    label: `cameras.form.${id}`,
    ...(id === 'main' && { help: aid === undefined ? ('cameras.form.addressesHint' as const) : ('cameras.form.streamsHint' as const) }),
    ...(aid !== undefined && { aid, placeholder: 'Berlin / studio/cam1' }),
    input: { rows: 2 },
  })
  return [
    { id: 'name', kind: 'text', label: 'common.name' },
    projectField,
    placeField,
    streams('main'),
    streams('sub'),
    importanceField,
    expectedField(choices, stored?.expected ?? null),
    ...ownerFields(choices, stored?.owner ?? null),
    tagsField,
    { id: 'telephone', kind: 'text', label: 'cameras.form.telephone' },
    { id: 'notes', kind: 'lines', label: 'cameras.form.notes', input: { rows: 3 } },
  ]
}

type Shown = Pick<CameraInput, 'name' | 'project' | 'place' | 'owner' | 'importance' | 'notes' | 'telephone' | 'tags' | 'streams' | 'expected'>
export const newCamera: Shown = { ...cameraInputSchema.parse({ name: 'x' }), name: '' }

const pathsOf = (streams: readonly CameraStream[]) => streams.flatMap((one) => ('path' in one ? [one] : []))

export function cameraEntries({ owner, tags, streams, expected, ...camera }: Shown, servers: readonly NamedServer[]): CameraEntries {
  const { lineOf } = streamLines([], servers)
  const linesOf = (use: CameraStream['use']) =>
    streams
      .filter((one) => one.use === use)
      .map((one) => ('path' in one ? lineOf(one) : one.address))
      .join('\n')
  const { name, project, place, importance, telephone, notes } = camera
  return {
    ...{ name, project, place, importance, telephone, notes },
    ownerKind: owner?.kind ?? 'nobody',
    account: owner?.kind === 'account' ? owner.id : '',
    group: owner?.kind === 'group' ? owner.name : '',
    tags: tags.join(', '),
    main: linesOf('main'),
    sub: linesOf('sub'),
    expected: expected ?? '',
  }
}

const ownerIn = ({ ownerKind, account, group }: Pick<CameraEntries, 'ownerKind' | 'account' | 'group'>) =>
  ownerKind === 'account' ? { kind: 'account', id: account } : ownerKind === 'group' ? { kind: 'group', name: group } : null

export function readCamera(
  entered: CameraEntries,
  stored: Camera | null,
  servers: readonly NamedServer[],
  fields: readonly Field[],
): Result<CameraInput, Wrong> {
  const { read } = streamLines(pathsOf(stored?.streams ?? []), servers)
  const wrong: Record<string, 'cameras.form.streamWrong'> = {}
  /** What has a scheme is an address; a line of streams names a server and a path. */
  const streamsIn = (use: 'main' | 'sub') =>
    linesEntered(entered[use]).flatMap((line): CameraStream[] => {
      if (/^\s*[a-z]+:\/\//i.test(line)) return [{ use, address: line.trim() }]
      const [stream] = read(line)
      if (stream == null) wrong[use] = 'cameras.form.streamWrong'
      return stream == null ? [] : [{ use, ...stream }]
    })
  const { name, project, place, importance, telephone, notes, expected } = entered
  const input = {
    ...{ name, project, place, importance, telephone, notes },
    owner: ownerIn(entered),
    tags: listEntered(entered.tags),
    streams: [...streamsIn('main'), ...streamsIn('sub')],
    expected: expected || null,
  }
  const result = fieldsRead(input, entered, stored, fields)
  return Object.keys(wrong).length > 0 ? err({ ...(result.ok ? {} : result.error), ...wrong }) : result
}
/** The contract says `streams` and `owner` of what the form enters in several fields. */
function fieldsRead(input: { readonly owner: unknown }, entered: CameraEntries, stored: Camera | null, fields: readonly Field[]): Result<CameraInput, Wrong> {
  const inOwner = cameraInputSchema.shape.owner.safeParse(input.owner)
  if (!inOwner.success) return err({ [entered.ownerKind === 'account' ? 'account' : 'group']: { validationError: { kind: 'empty' } } })
  const renamed = fields.map((field) => (field.id === 'main' ? ({ ...field, id: 'streams' } as unknown as Field) : field))
  const read = readEntries(renamed, cameraInputSchema, input, entered, stored)
  if (read.ok) return read
  const { streams, ...others } = read.error
  return err(streams === undefined ? others : { ...others, main: streams })
}

const commonIds = ['project', 'place', 'importance', 'tags', 'owner', 'expected'] as const
type CommonId = (typeof commonIds)[number]
type CommonEntries = Pick<CameraEntries, 'project' | 'place' | 'importance' | 'tags' | 'ownerKind' | 'account' | 'group' | 'expected'> &
  Readonly<Record<`changes${Capitalize<CommonId>}`, string>>
type CommonField = FormField<CommonEntries>
const tickOf = (id: CommonId) => `changes${id.charAt(0).toUpperCase()}${id.slice(1)}` as keyof CommonEntries

export const noCommonChange: CommonEntries = {
  ...{ project: '', place: '', importance: 'normal', tags: '', ownerKind: 'nobody', account: '', group: '', expected: '' },
  ...{ changesProject: '', changesPlace: '', changesImportance: '', changesTags: '', changesOwner: '', changesExpected: '' },
}

export function commonFields(choices: OwnerChoices): readonly CommonField[] {
  const byId: Readonly<Record<CommonId, readonly Field[]>> = {
    project: [projectField],
    place: [placeField],
    importance: [importanceField],
    tags: [tagsField],
    owner: ownerFields(choices, null),
    expected: [expectedField(choices, null)],
  }
  return commonIds.flatMap((id): CommonField[] => [
    { id: tickOf(id), kind: 'tick', label: byId[id][0]?.label ?? 'common.name' },
    ...byId[id].map(
      (field): CommonField => ({
        ...(field as unknown as CommonField),
        shown: (entered) => entered[tickOf(id)] === 'yes' && (field.shown?.(entered as unknown as CameraEntries) ?? true),
      }),
    ),
  ])
}

export function readCommonChange(entered: CommonEntries): Result<CommonCameraChange, Wrong> {
  const all = { ...entered, owner: ownerIn(entered), tags: listEntered(entered.tags), expected: entered.expected || null }
  const input = Object.fromEntries(commonIds.filter((id) => entered[tickOf(id)] === 'yes').map((id) => [id, all[id]]))
  if (Object.keys(input).length === 0) return err({ changesProject: 'cameras.form.nothingTicked' })
  const read = cameraInputSchema.pick({ project: true, place: true, importance: true, tags: true, owner: true, expected: true }).partial().safeParse(input)
  if (!read.success) {
    const [issue] = read.error.issues
    const id = String(issue?.path[0] ?? '')
    return err(
      issue === undefined
        ? {}
        : { [id === 'owner' ? (entered.ownerKind === 'account' ? 'account' : 'group') : id]: { validationError: validationErrorOf(issue) } },
    )
  }
  return ok(Object.fromEntries(Object.entries(read.data).filter(([id]) => id in input)) as CommonCameraChange)
}
