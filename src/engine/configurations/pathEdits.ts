import { createHmac, randomBytes } from 'node:crypto'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { ActReason } from '../../shared/actReasons.ts'
import { shownValue } from '../../shared/configurationLevels.ts'
import type { ServerError } from '../../shared/errors.ts'
import { evaluatedVersion } from '../../shared/evaluatedVersion.ts'
import { aboutServer, type NewEvent, newEvent } from '../../shared/events.ts'
import type { PathChangeKind, PathEditOutcome } from '../../shared/pathChanges.ts'
import type { EditablePath, ListedReaders, PathEdit, PathPreview, SettingLine } from '../../shared/pathEdits.ts'
import { hasMask, meantBy, pathInterruption, pathSettingForm } from '../../shared/pathSettings.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { KeptValues, PathEditRows, RawSettings, ShownEdit } from './pathEditRows.ts'

/** Reads and changes entries of one server's configuration, with their secrets. */
interface PathEndpoint {
  readonly readConfiguredPath: (name: string, signal: AbortSignal) => Promise<Result<RawSettings | null, ServerError>>
  readonly readPathDefaults: (signal: AbortSignal) => Promise<Result<RawSettings | null, ServerError>>
  readonly changeConfiguredPath: (
    change: PathChangeKind,
    name: string,
    settings: RawSettings,
    signal: AbortSignal,
  ) => Promise<Result<'done' | 'gone', ServerError>>
  readonly close: () => Promise<void>
}

interface PathEditsDeps {
  readonly clock: Clock
  readonly rows: PathEditRows
  /** Whether this console can store secrets. */
  readonly keepsSecrets: boolean
  /** Settings with their secrets hidden. */
  readonly show: ShowSettings
  readonly nameOf: (serverId: string) => { readonly name: string; readonly version: string | null } | null
  /** null: the server is not polled now. */
  readonly endpointOf: (serverId: string) => PathEndpoint | null
  readonly listedReaders: (serverId: string) => readonly ListedReaders[] | null
  readonly record: (events: readonly NewEvent[]) => void
  /** Called after a server's configuration was changed, so that it is read again soon. */
  readonly changed: (serverId: string) => void
  readonly signal: AbortSignal
}

/** Why nothing was done. */
export type PathEditRefusal =
  | { readonly code: 'NOT_FOUND' | 'NO_SUCH_PATH' | 'PATH_EXISTS' | 'NOTHING_CHANGES' | 'CHANGED_MEANWHILE' | 'RUNNING' | 'NO_SUCH_EDIT' | 'NOT_KEPT' }
  | { readonly code: 'OTHER_SETTING'; readonly setting: string }
  | { readonly code: 'NOT_CHANGED'; readonly name: string; readonly error: ServerError | null }
type Refused<T> = Result<T, PathEditRefusal>

interface AskedChange {
  readonly id: string
  readonly path: string
  readonly change: PathChangeKind
  readonly settings: RawSettings
}
interface Who {
  readonly by: string
  readonly reason: ActReason
}

export type PathEdits = ReturnType<typeof createPathEdits>

const requestLimitMs = 10_000

/** A path's current entry on the server (null: none) and the path defaults (null: old versions do not report them). */
interface CurrentSettings {
  readonly entry: RawSettings | null
  readonly defaults: RawSettings | null
}
/** A change that is valid for the server's current configuration. */
interface Plan {
  readonly path: string
  readonly change: PathChangeKind
  readonly send: RawSettings
  readonly lines: SettingLine[]
  /** The settings that it changes. */
  readonly names: readonly string[]
  /** The current values of these settings. */
  readonly before: RawSettings
}

const refuse = (code: Exclude<PathEditRefusal['code'], 'OTHER_SETTING' | 'NOT_CHANGED'>) => err({ code } as const)

/** Changes settings of paths through the API of their servers, one change at a time per server. */
export function createPathEdits(deps: PathEditsDeps) {
  const { clock, rows, show, signal } = deps
  const running = new Set<string>()
  // Keyed, because the hashed settings contain secrets; new for each launch, because previews do not outlive it.
  const basisKey = randomBytes(32)
  const basisOf = (path: string, current: CurrentSettings) =>
    createHmac('sha256', basisKey)
      .update(JSON.stringify([path, current]))
      .digest('base64url')

  /** Runs with its own connection to the server. */
  const withEndpoint = async <T>(serverId: string, run: (asker: Asker) => Promise<Refused<T>>): Promise<Refused<T>> => {
    const server = deps.nameOf(serverId)
    if (server === null) return refuse('NOT_FOUND')
    const endpoint = deps.endpointOf(serverId)
    if (endpoint === null) return err({ code: 'NOT_CHANGED', name: server.name, error: null })
    try {
      return await run(createAsker(clock, endpoint, server.name, signal))
    } finally {
      await endpoint.close()
    }
  }

  const planned = ({ path, change, settings }: Omit<AskedChange, 'id'>, { entry, defaults }: CurrentSettings): Refused<Plan> => {
    const of = { path, change }
    if (change === 'add' && entry !== null) return refuse('PATH_EXISTS')
    if (change !== 'add' && entry === null) return refuse('NO_SUCH_PATH')
    const had = entry ?? {}
    if (change === 'remove') {
      const before = ownSettings(had, defaults)
      const names = Object.keys(before).sort()
      return ok({ ...of, send: {}, names, before, lines: names.map((name) => settingLine(name, before, null, show)) })
    }
    const known = { ...defaults, ...entry }
    const asked = Object.keys(settings)
    const other = asked.find((name) => name === 'name' || (Object.keys(known).length > 0 && !Object.hasOwn(known, name)))
    if (other !== undefined) return err({ code: 'OTHER_SETTING', setting: other })
    const names = change === 'add' ? asked : asked.filter((name) => !isSame(name, settings, had))
    if (change === 'set' && names.length === 0) return refuse('NOTHING_CHANGES')
    const before = pick(had, names)
    return ok({ ...of, send: pick(settings, names), names, before, lines: names.map((name) => settingLine(name, before, settings, show)) })
  }

  const notKept = ({ change, names, before }: Plan): string[] =>
    change === 'add'
      ? []
      : names.filter((name) => hasMask(before[name]) || !Object.hasOwn(before, name) || (!deps.keepsSecrets && isHidden(name, before, show)))

  const previewOf = (serverId: string, plan: Plan, current: CurrentSettings): PathPreview => {
    const listed = deps.listedReaders(serverId)
    // All settings that it has are in the entry.
    const version = evaluatedVersion(deps.nameOf(serverId)?.version ?? null, { global: {}, pathDefaults: current.entry ?? {} })
    // A new entry takes over a stream that a pattern entry has covered so far.
    const isOf = ({ path, entry }: ListedReaders) => (plan.change === 'add' ? path === plan.path : (entry ?? path) === plan.path)
    const cut = listed?.filter((one) => isOf(one) && (one.live || one.readers > 0)) ?? null
    return {
      basis: basisOf(plan.path, current),
      lines: plan.lines,
      interrupts: plan.change === 'set' ? pathInterruption(plan.names, version) : 'streams',
      streams: cut?.length ?? null,
      readers: cut?.reduce((sum, { readers }) => sum + readers, 0) ?? null,
      notKept: notKept(plan),
    }
  }

  const make = async (serverId: string, plan: Plan, asker: Asker, { by, reason }: Who, undoes: number | null): Promise<PathEdit> => {
    const { path, change, send, lines } = plan
    const whole = change === 'add' ? null : plan.before
    const before: KeptValues | null = notKept(plan).length > 0 ? null : { before: whole && { ...whole }, after: null }
    const at = clock.now()
    // Stored before the change is made, so that the former values survive a crash of this process.
    const no = rows.begin(serverId, { at, by, reason, path, change, undoes }, lines, before && { ...before, after: change === 'remove' ? null : { ...send } })
    const found = await asker.change(plan, show)
    rows.finish(
      serverId,
      no,
      found.outcome,
      { lines, ...found.shown },
      before && found.outcome !== 'refused' ? { ...before, after: keptAfter(plan, found.after) } : null,
    )
    const [first] = lines
    const name = asker.name
    const setting = change === 'set' && first !== undefined ? first : { setting: null, before: null, after: null }
    deps.record([
      newEvent(
        'pathSettingsChanged',
        at,
        { by, reason, path, change, ...setting, settings: lines.length, outcome: found.outcome, undone: undoes !== null },
        aboutServer({ id: serverId, name }),
      ),
    ])
    if (found.outcome !== 'refused') deps.changed(serverId)
    const edit = rows.read(serverId, no)
    if (edit === null) throw new Error('a change of path settings was not kept')
    return edit
  }

  /** One change at a time on each server. */
  const alone = async <T>(serverId: string, run: () => Promise<Refused<T>>): Promise<Refused<T>> => {
    if (running.has(serverId)) return refuse('RUNNING')
    running.add(serverId)
    try {
      return await run()
    } finally {
      running.delete(serverId)
    }
  }

  return {
    read: (serverId: string, path: string): Promise<Refused<EditablePath>> =>
      withEndpoint(serverId, async (asker) => {
        const current = await asker.readCurrent(path)
        if (!current.ok) return current
        const { entry, defaults } = current.value
        const settings = entry ?? defaults ?? {}
        const shown = show(settings)
        return ok({
          path,
          configured: entry !== null,
          version: deps.nameOf(serverId)?.version ?? null,
          settings: Object.keys(settings)
            .filter((name) => name !== 'name')
            .map((name) => ({
              name,
              kind: pathSettingForm(name).kind,
              value: shown[name],
              hidden: isHidden(name, settings, show),
              own: entry === null ? false : defaults && !isSame(name, entry, defaults),
            })),
        })
      }),
    preview: (asked: AskedChange): Promise<Refused<PathPreview>> =>
      withEndpoint(asked.id, async (asker) => {
        const current = await asker.readCurrent(asked.path)
        if (!current.ok) return current
        const plan = planned(asked, current.value)
        return plan.ok ? ok(previewOf(asked.id, plan.value, current.value)) : plan
      }),
    /** `basis`: as returned by the preview. */
    apply: (asked: AskedChange & { readonly basis: string }, who: Who): Promise<Refused<PathEdit>> =>
      alone(asked.id, () =>
        withEndpoint(asked.id, async (asker) => {
          const current = await asker.readCurrent(asked.path)
          if (!current.ok) return current
          if (basisOf(asked.path, current.value) !== asked.basis) return refuse('CHANGED_MEANWHILE')
          const plan = planned(asked, current.value)
          return plan.ok ? ok(await make(asked.id, plan.value, asker, who, null)) : plan
        }),
      ),
    list: (serverId: string, most: number): PathEdit[] | null => (deps.nameOf(serverId) === null ? null : rows.list(serverId, most)),
    undo: (serverId: string, no: number, who: Who): Promise<Refused<PathEdit>> =>
      alone(serverId, () =>
        withEndpoint(serverId, async (asker) => {
          const edit = rows.read(serverId, no)
          if (edit === null) return refuse('NO_SUCH_EDIT')
          const kept = edit.canUndo ? rows.kept(serverId, no) : null
          if (kept === null) return refuse('NOT_KEPT')
          const current = await asker.readCurrent(edit.path)
          if (!current.ok) return current
          if (!isAsLeft(edit.change, kept, current.value.entry)) return refuse('CHANGED_MEANWHILE')
          const plan = planned({ path: edit.path, ...opposite(edit.change, kept) }, current.value)
          if (!plan.ok) return plan
          return ok(await make(serverId, plan.value, asker, who, no))
        }),
      ),
  }
}

/** The values to store after a change, to detect later whether the path was changed again. */
function keptAfter({ change, names, send }: Plan, after: RawSettings | null | undefined): Record<string, unknown> | null {
  if (change === 'remove') return null
  if (after === undefined || after === null) return { ...send }
  return { ...(change === 'set' ? pick(after, names) : after) }
}

/** Whether the path is still as the change left it. For an addition that could not be read back, only the requested settings are compared. */
function isAsLeft(change: PathChangeKind, { after }: KeptValues, entry: RawSettings | null): boolean {
  if (change === 'remove') return entry === null
  if (entry === null) return false
  return Object.keys(after ?? {}).every((name) => isSame(name, after ?? {}, entry))
}

const opposite = (change: PathChangeKind, { before }: KeptValues): Pick<AskedChange, 'change' | 'settings'> =>
  change === 'set' ? { change, settings: before ?? {} } : change === 'add' ? { change: 'remove', settings: {} } : { change: 'add', settings: before ?? {} }

interface Made {
  readonly outcome: PathEditOutcome
  /** The entry afterwards; null: none; undefined: unknown. */
  readonly after: RawSettings | null | undefined
  readonly shown: Omit<ShownEdit, 'lines'>
}

const nothing = { notTaken: [], notVerified: [] }
/** The outcome of a change that had no visible effect: a request without an answer may still be carried out. */
function undone(error: ServerError | null): PathEditOutcome {
  if (error === null) return 'partly'
  const isOpen =
    error.kind === 'timedOut' || error.kind === 'cutReply' || error.kind === 'badReply' || (error.kind === 'unreachable' && error.reason === 'reset')
  return isOpen ? 'unknown' : 'refused'
}

/** Sends requests to one server, each with a timeout. */
function createAsker(clock: Clock, endpoint: PathEndpoint, name: string, parent: AbortSignal) {
  const ask = async <T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    using limit = timeLimit(clock, requestLimitMs, parent)
    return await request(limit.signal)
  }
  const failed = (error: ServerError) => err({ code: 'NOT_CHANGED', name, error } as const)
  return {
    name,
    readCurrent: async (path: string): Promise<Refused<CurrentSettings>> => {
      const entry = await ask((signal) => endpoint.readConfiguredPath(path, signal))
      if (!entry.ok) return failed(entry.error)
      const defaults = await ask((signal) => endpoint.readPathDefaults(signal))
      return defaults.ok ? ok({ entry: entry.value, defaults: defaults.value }) : failed(defaults.error)
    },
    /** Makes the change and reads the entry back, because the change may have been made even if the answer is lost. */
    change: async ({ path, change, send, before, names }: Plan, show: ShowSettings): Promise<Made> => {
      const answer = await ask((signal) => endpoint.changeConfiguredPath(change, path, send, signal))
      const said: ServerError | null = answer.ok ? (answer.value === 'gone' ? { kind: 'httpStatus', status: 404, message: '' } : null) : answer.error
      const error = said?.kind === 'httpStatus' ? { ...said, message: withoutSecrets(said.message, send, show) } : said
      // At least MediaMTX 1.16 to 1.20.1 keeps refused values of a patch, and then refuses every other change until these values are replaced.
      if (change === 'set' && error?.kind === 'httpStatus') {
        const former = Object.fromEntries(Object.entries(before).filter(([, value]) => !hasMask(value)))
        await ask((signal) => endpoint.changeConfiguredPath('set', path, former, signal))
      }
      const read = await ask((signal) => endpoint.readConfiguredPath(path, signal))
      if (!read.ok) return { outcome: 'unknown', after: undefined, shown: { ...nothing, error: error ?? read.error } }
      const after = read.value
      if (change === 'remove' || after === null) {
        const isDone = (change === 'remove') === (after === null)
        return { outcome: isDone ? 'applied' : undone(error), after, shown: { ...nothing, error: isDone ? null : error } }
      }
      const compared = comparedWithAsked(send, after, show)
      const isUntouched = change === 'set' && names.every((one) => isSame(one, before, after))
      const outcome = isUntouched && error !== null ? undone(error) : compared.notTaken.length === 0 ? 'applied' : 'partly'
      return { outcome, after, shown: { ...(isUntouched && error !== null ? nothing : compared), error: outcome === 'applied' ? null : error } }
    },
  }
}
type Asker = ReturnType<typeof createAsker>

/** Settings as they may be shown. */
type ShowSettings = (settings: RawSettings) => RawSettings

const textOf = (value: unknown): string | null =>
  value === undefined ? null : (shownValue(value === '' ? '""' : typeof value === 'string' ? value : JSON.stringify(value)) ?? null)
function settingLine(setting: string, before: RawSettings | null, after: RawSettings | null, show: ShowSettings): SettingLine {
  const shown = (settings: RawSettings | null) =>
    settings !== null && Object.hasOwn(settings, setting) ? textOf(show({ [setting]: settings[setting] })[setting]) : null
  return { setting, before: shown(before), after: shown(after) }
}

function isSame(setting: string, one: RawSettings, other: RawSettings): boolean {
  return Object.hasOwn(one, setting) === Object.hasOwn(other, setting) && meantBy(setting, one[setting]) === meantBy(setting, other[setting])
}

/** Those of an entry that are not as the defaults have them; without these, all. Names are no settings. */
function ownSettings(entry: RawSettings, defaults: RawSettings | null): RawSettings {
  return Object.fromEntries(
    Object.entries(entry).filter(
      ([name, value]) => name !== 'name' && value !== null && value !== undefined && (defaults === null || !isSame(name, entry, defaults)),
    ),
  )
}

function pick(settings: RawSettings, names: readonly string[]): RawSettings {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(settings, name) ? [[name, settings[name]]] : [])))
}

/** Whether something in the value of a setting is not shown. */
function isHidden(setting: string, settings: RawSettings, show: ShowSettings): boolean {
  return JSON.stringify(show({ [setting]: settings[setting] })[setting]) !== JSON.stringify(settings[setting])
}

/** What came of asking for settings, by what the server says afterwards. */
function comparedWithAsked(asked: RawSettings, after: RawSettings, show: ShowSettings) {
  const names = Object.keys(asked)
  const notVerified = names.filter((name) => hasMask(after[name]))
  const notTaken = names.filter((name) => !hasMask(after[name]) && !isSame(name, asked, after))
  return {
    notVerified,
    notTaken: notTaken.map((name) => settingLine(name, asked, after, show)),
  }
}

/** A text of the server without what it may quote of secrets that it was sent. */
function withoutSecrets(text: string, sent: RawSettings, show: ShowSettings): string {
  const secrets: string[] = []
  const collect = (value: unknown): void => {
    if (typeof value === 'string' && value.length > 2) secrets.push(value)
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner)
  }
  for (const name of Object.keys(sent)) if (isHidden(name, sent, show)) collect(sent[name])
  return secrets.sort((a, b) => b.length - a.length).reduce((said, secret) => said.replaceAll(secret, '***'), text)
}
