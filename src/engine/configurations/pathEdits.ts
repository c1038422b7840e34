import { createHmac, randomBytes } from 'node:crypto'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { ActReason } from '../../shared/acts.ts'
import { plainText, shownValue } from '../../shared/configurationLevels.ts'
import type { ServerError } from '../../shared/errors.ts'
import { aboutServer, type NewEvent, newEvent } from '../../shared/events.ts'
import type { EditablePath, ListedReaders, PathEdit, PathPreview, SettingLine } from '../../shared/pathEdits.ts'
import { hasMask, meantBy, type PathChangeKind, pathInterruption, pathSettingKind } from '../../shared/pathSettings.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { evaluatedVersion } from '../../shared/serverVersions.ts'
import type { MediaServerClient } from '../servers/mediaServerClient.ts'

/** Settings with their secrets. */
type RawSettings = Readonly<Record<string, unknown>>
type Endpoint = Pick<MediaServerClient, 'readConfiguredPath' | 'readPathDefaults' | 'changeConfiguredPath' | 'close'>

interface PathEditsDeps {
  readonly clock: Clock
  /** Settings with their secrets hidden. */
  readonly show: (settings: RawSettings) => RawSettings
  readonly nameOf: (serverId: string) => { readonly name: string; readonly version: string | null } | null
  /** null: the server is not polled now. */
  readonly endpointOf: (serverId: string) => Endpoint | null
  readonly listedReaders: (serverId: string) => readonly ListedReaders[] | null
  readonly record: (events: readonly NewEvent[]) => void
  /** Called after a server's configuration was changed, so that it is read again soon. */
  readonly changed: (serverId: string) => void
  readonly signal: AbortSignal
}

export type PathEditRefusal =
  | { readonly code: 'NOT_FOUND' | 'NO_SUCH_PATH' | 'PATH_EXISTS' | 'NOTHING_CHANGES' | 'CHANGED_MEANWHILE' | 'RUNNING' }
  | { readonly code: 'OTHER_SETTING'; readonly setting: string }
  | { readonly code: 'NOT_CHANGED'; readonly name: string; readonly error: ServerError | null }
type Refused<T> = Result<T, PathEditRefusal>

interface AskedChange {
  readonly id: string
  readonly path: string
  readonly change: PathChangeKind
  readonly settings: RawSettings
}
/** A path's current entry on the server (null: none) and the path defaults (null: old versions do not report them). */
interface CurrentSettings {
  readonly entry: RawSettings | null
  readonly defaults: RawSettings | null
}
/** A change that is valid for the server's current configuration: what is sent, and the current values of these settings. */
interface Plan extends Omit<AskedChange, 'id' | 'settings'> {
  readonly send: RawSettings
  readonly before: RawSettings
  readonly lines: SettingLine[]
}

const requestLimitMs = 10_000
const refuse = (code: Exclude<PathEditRefusal['code'], 'OTHER_SETTING' | 'NOT_CHANGED'>) => err({ code } as const)

/** Changes settings of paths through the API of their servers, one change at a time per server. */
export class PathEdits {
  readonly #deps: PathEditsDeps
  readonly #running = new Set<string>()
  // Keyed, because the hashed settings contain secrets; new for each launch, because previews do not outlive it.
  readonly #basisKey = randomBytes(32)

  constructor(deps: PathEditsDeps) {
    this.#deps = deps
  }

  read(serverId: string, path: string): Promise<Refused<EditablePath>> {
    return this.#withCurrent(serverId, path, async ({ entry, defaults }) => {
      const settings = entry ?? defaults ?? {}
      const shown = this.#deps.show(settings)
      return ok({
        path,
        configured: entry !== null,
        settings: Object.entries(settings)
          .filter(([name]) => name !== 'name')
          .map(([name, value]) => ({
            name,
            kind: pathSettingKind(value),
            value: shown[name],
            hidden: this.#isHidden(name, value),
            own: entry === null ? false : defaults && !isSame(name, entry, defaults),
          })),
      })
    })
  }

  preview(asked: AskedChange): Promise<Refused<PathPreview>> {
    return this.#withCurrent(asked.id, asked.path, async (current) => {
      const plan = this.#planned(asked, current)
      if (!plan.ok) return plan
      const { path, change, lines } = plan.value
      // All settings that it has are in the entry.
      const version = evaluatedVersion(this.#deps.nameOf(asked.id)?.version ?? null, { global: {}, pathDefaults: current.entry ?? {} })
      // A new entry takes over a stream that a pattern entry has covered so far.
      const isOf = (one: ListedReaders) => (change === 'add' ? one.path === path : (one.entry ?? one.path) === path)
      const cut = this.#deps.listedReaders(asked.id)?.filter((one) => isOf(one) && (one.live || one.readers > 0)) ?? null
      return ok({
        basis: this.#basisOf(path, current),
        lines,
        interrupts:
          change === 'set'
            ? pathInterruption(
                lines.map(({ setting }) => setting),
                version,
              )
            : 'streams',
        streams: cut?.length ?? null,
        readers: cut?.reduce((sum, { readers }) => sum + readers, 0) ?? null,
      })
    })
  }

  /** `basis`: as returned by the preview. */
  async apply(asked: AskedChange & { readonly basis: string }, by: string, reason: ActReason): Promise<Refused<PathEdit>> {
    const { id, path, change, basis } = asked
    if (this.#running.has(id)) return refuse('RUNNING')
    this.#running.add(id)
    try {
      return await this.#withCurrent(id, path, async (current, name, endpoint) => {
        if (this.#basisOf(path, current) !== basis) return refuse('CHANGED_MEANWHILE')
        const plan = this.#planned(asked, current)
        if (!plan.ok) return plan
        const at = this.#deps.clock.now()
        const edit = { lines: plan.value.lines, ...(await this.#make(plan.value, endpoint)) }
        const [first] = edit.lines
        const setting = change === 'set' && first !== undefined ? first : { setting: null, before: null, after: null }
        const facts = { by, reason, path, change, ...setting, settings: edit.lines.length, outcome: edit.outcome }
        this.#deps.record([newEvent('pathSettingsChanged', at, facts, aboutServer({ id, name }))])
        if (edit.outcome !== 'refused') this.#deps.changed(id)
        return ok(edit)
      })
    } finally {
      this.#running.delete(id)
    }
  }

  /** Runs with what the server has now, and with its own connection to it. */
  async #withCurrent<T>(
    serverId: string,
    path: string,
    run: (current: CurrentSettings, name: string, endpoint: Endpoint) => Promise<Refused<T>>,
  ): Promise<Refused<T>> {
    const server = this.#deps.nameOf(serverId)
    if (server === null) return refuse('NOT_FOUND')
    const failed = (error: ServerError | null) => err({ code: 'NOT_CHANGED', name: server.name, error } as const)
    const endpoint = this.#deps.endpointOf(serverId)
    if (endpoint === null) return failed(null)
    try {
      const entry = await this.#ask((signal) => endpoint.readConfiguredPath(path, signal))
      if (!entry.ok) return failed(entry.error)
      const defaults = await this.#ask((signal) => endpoint.readPathDefaults(signal))
      return defaults.ok ? await run({ entry: entry.value, defaults: defaults.value }, server.name, endpoint) : failed(defaults.error)
    } finally {
      await endpoint.close()
    }
  }

  async #ask<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    using limit = timeLimit(this.#deps.clock, requestLimitMs, this.#deps.signal)
    return await request(limit.signal)
  }

  #basisOf(path: string, current: CurrentSettings): string {
    return createHmac('sha256', this.#basisKey)
      .update(JSON.stringify([path, current]))
      .digest('base64url')
  }

  #planned({ path, change, settings }: AskedChange, { entry, defaults }: CurrentSettings): Refused<Plan> {
    if (change === 'add' && entry !== null) return refuse('PATH_EXISTS')
    if (change !== 'add' && entry === null) return refuse('NO_SUCH_PATH')
    const had = entry ?? {}
    if (change === 'remove') {
      const own = Object.keys(had).filter((name) => name !== 'name' && had[name] != null && (defaults === null || !isSame(name, had, defaults)))
      return ok({ path, change, send: {}, before: had, lines: own.sort().map((name) => this.#line(name, had, {})) })
    }
    const known = { ...defaults, ...entry }
    const asked = Object.keys(settings)
    const other = asked.find((name) => name === 'name' || (Object.keys(known).length > 0 && !Object.hasOwn(known, name)))
    if (other !== undefined) return err({ code: 'OTHER_SETTING', setting: other })
    const names = change === 'add' ? asked : asked.filter((name) => !isSame(name, settings, had))
    if (change === 'set' && names.length === 0) return refuse('NOTHING_CHANGES')
    return ok({ path, change, send: pick(settings, names), before: pick(had, names), lines: names.map((name) => this.#line(name, had, settings)) })
  }

  /** Makes the change and reads the entry back, because the change may have been made even if the answer is lost. */
  async #make({ path, change, send, before }: Plan, endpoint: Endpoint): Promise<Omit<PathEdit, 'lines'>> {
    const answer = await this.#ask((signal) => endpoint.changeConfiguredPath(change, path, send, signal))
    const said: ServerError | null = answer.ok ? (answer.value === 'gone' ? { kind: 'httpStatus', status: 404, message: '' } : null) : answer.error
    const error = said?.kind === 'httpStatus' ? { ...said, message: this.#withoutSecrets(said.message, send) } : said
    // At least MediaMTX 1.16 to 1.20.1 keeps refused values of a patch, and then refuses every other change until these values are replaced.
    if (change === 'set' && error?.kind === 'httpStatus') {
      const former = Object.fromEntries(Object.entries(before).filter(([, value]) => !hasMask(value)))
      await this.#ask((signal) => endpoint.changeConfiguredPath('set', path, former, signal))
    }
    const read = await this.#ask((signal) => endpoint.readConfiguredPath(path, signal))
    if (!read.ok) return { outcome: 'unknown', notTaken: [], error: error ?? read.error }
    const after = read.value
    if (change === 'remove' || after === null) {
      const isDone = (change === 'remove') === (after === null)
      return { outcome: isDone ? 'applied' : withoutEffect(error), notTaken: [], error: isDone ? null : error }
    }
    const names = Object.keys(send)
    if (error !== null && change === 'set' && names.every((name) => isSame(name, before, after))) return { outcome: withoutEffect(error), notTaken: [], error }
    const notTaken = names.filter((name) => !hasMask(after[name]) && !isSame(name, send, after)).map((name) => this.#line(name, send, after))
    const isAll = notTaken.length === 0
    return { outcome: !isAll ? 'partly' : names.some((name) => hasMask(after[name])) ? 'unknown' : 'applied', notTaken, error: isAll ? null : error }
  }

  #line(setting: string, before: RawSettings, after: RawSettings): SettingLine {
    const shown = (settings: RawSettings) =>
      Object.hasOwn(settings, setting) ? shownValue(plainText(this.#deps.show({ [setting]: settings[setting] })[setting])) : null
    return { setting, before: shown(before), after: shown(after) }
  }

  /** Whether something in the value of a setting is not shown. */
  #isHidden(setting: string, value: unknown): boolean {
    return JSON.stringify(this.#deps.show({ [setting]: value })[setting]) !== JSON.stringify(value)
  }

  /** A text of the server without what it may quote of secrets that it was sent. */
  #withoutSecrets(text: string, sent: RawSettings): string {
    const secrets: string[] = []
    const collect = (value: unknown): void => {
      if (typeof value === 'string' && value.length > 2) secrets.push(value)
      else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner)
    }
    for (const [name, value] of Object.entries(sent)) if (this.#isHidden(name, value)) collect(value)
    return secrets.sort((a, b) => b.length - a.length).reduce((said, secret) => said.replaceAll(secret, '***'), text)
  }
}

/** The outcome of a change that had no visible effect: a request without an answer may still be carried out. */
function withoutEffect(error: ServerError | null): PathEdit['outcome'] {
  if (error === null) return 'partly'
  const isOpen =
    error.kind === 'timedOut' || error.kind === 'cutReply' || error.kind === 'badReply' || (error.kind === 'unreachable' && error.reason === 'reset')
  return isOpen ? 'unknown' : 'refused'
}

function isSame(setting: string, one: RawSettings, other: RawSettings): boolean {
  return Object.hasOwn(one, setting) === Object.hasOwn(other, setting) && meantBy(one[setting]) === meantBy(other[setting])
}

function pick(settings: RawSettings, names: readonly string[]): RawSettings {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(settings, name) ? [[name, settings[name]]] : [])))
}
