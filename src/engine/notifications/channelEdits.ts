import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import {
  type Channel,
  channelKindNames,
  channelKindSchema,
  type EnteredValues,
  enteredValuesSchema,
  type IdleChannel,
  mostChannels,
  mostRoutes,
  type Route,
  type ShownRoute,
} from '../../shared/channels.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { invalid } from '../../shared/validationErrors.ts'
import type { Log } from '../ports.ts'
import type { SecretBox } from '../servers/secretBox.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'
import { type ChannelInput, channelKeys, channelSchema, routeSchema, shownChannel } from './channelKinds.ts'
import type { RouteInForce } from './routing.ts'

interface ChannelEditsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly db: Database
  /** null: secrets can't be stored on this system. */
  readonly box: SecretBox | null
  readonly onChange: () => void
  readonly record: (events: readonly NewEvent[]) => void
}

type Wrong = readonly z.core.$ZodIssue[]
type Refusal = 'NOT_FOUND' | 'FORBIDDEN' | 'CONFLICT' | 'BAD_REQUEST' | 'UNAVAILABLE'

const longestText = 100_000
const inConsole = channelSchema({ secrets: { secret: z.string() }, text: z.string().max(longestText) })

/** Keys whose values are never addresses, even if they look like one. */
const plainKeys: ReadonlySet<string> = new Set([...channelKeys, ...['email', 'from', 'user', 'topic', 'tag', 'facility', 'startTls', 'caFile', 'templateFile']])
const isAddress = (key: string, value: unknown): boolean => !plainKeys.has(key) && typeof value === 'string' && URL.canParse(value)
/** Whether a value may be secret: a URL may contain a secret in its path or query, and headers may contain one too. */
function isSecret(key: string, value: EnteredValues[string]): boolean {
  if (key === 'secret' || key === 'headers') return true
  if (!isAddress(key, value)) return false
  const { username, password, pathname, search, hash } = new URL(String(value))
  return username + password + search + hash !== '' || !/^\/?$/.test(pathname)
}
/** Destinations and transport security of the entries: secrets must not be sent to another destination, nor be readable in transit. */
const placesOf = (entries: EnteredValues): string =>
  JSON.stringify([
    entries.startTls,
    entries.caFile,
    Object.entries(entries)
      .filter(([key, value]) => isAddress(key, value))
      .map(([key, value]) => [key, new URL(String(value)).protocol, new URL(String(value)).host])
      .sort(),
  ])
/** Names of the channels in a route, whether or not they exist. */
function namedIn({ to, escalate }: EnteredValues): readonly string[] {
  const escalateTo = typeof escalate === 'object' && !Array.isArray(escalate) ? escalate.to : []
  return [to, escalateTo].flatMap((names) => (Array.isArray(names) ? names : []))
}
interface EnteredChannel {
  readonly name: string
  readonly kind: Channel['kind']
  /** Where it sends to, without secrets. */
  readonly origin: string
  /** As it was typed, with its secrets; null: they were sealed with another key. */
  readonly entries: EnteredValues | null
  /** null: it can't be read. Parsed only once, because it takes time: templates are tried out. */
  readonly input: ChannelInput | null
  readonly by: string
  readonly at: number
}
type EnteredRoute = NonNullable<ShownRoute['entered']>

const channelRowSchema = z.object({ name: z.string(), kind: channelKindSchema, origin: z.string(), by: z.string(), at: z.number() })
/** Ties sealed bytes to their channel. */
const ownerOf = (name: string) => `channel ${name}`
const entriesIn = (text: string | null): EnteredValues | null => enteredValuesSchema.safeParse(text === null ? null : storedJson(text)).data ?? null

/** Stored channels. One whose row a flipped bit made unreadable is left out. */
function readChannels(db: Database, box: SecretBox | null): readonly EnteredChannel[] {
  const rows = db.prepare('SELECT name, kind, origin, sealed, by, at FROM channels ORDER BY at, name').all() as readonly { readonly sealed: Uint8Array }[]
  return rows.flatMap(({ sealed, ...row }) => {
    const read = channelRowSchema.safeParse(row).data
    if (read === undefined) return []
    const entries = entriesIn(box?.open(sealed, ownerOf(read.name)) ?? null)
    return [{ ...read, entries, input: entries === null ? null : (inConsole.safeParse(entries).data ?? null) }]
  })
}

function readRoutes(db: Database): readonly EnteredRoute[] {
  const rows = db.prepare('SELECT id, entries, by, at FROM routes ORDER BY place, id').all() as readonly (Omit<EnteredRoute, 'entries'> & { entries: string })[]
  return rows.flatMap((row) => {
    const entries = entriesIn(row.entries)
    return entries === null ? [] : [{ ...row, entries }]
  })
}

/** Removes empty values, except an empty address: that is an error, and without its key the channel would have no kind. */
const withoutEmpty = (entries: EnteredValues): EnteredValues =>
  Object.fromEntries(Object.entries(entries).filter(([key, value]) => value !== '' || channelKindNames.some((kind) => kind === key)))
const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

/**
 * Channels and routes that operators enter in the console, in addition to the configuration file. If both define a name, the file's channel applies.
 * The only SQL on `channels` and `routes`.
 */
export function createChannelEdits({ clock, log, db, box, onChange, record }: ChannelEditsDeps) {
  const keepChannel = db.prepare(
    `INSERT INTO channels (name, kind, origin, sealed, by, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET origin = excluded.origin, sealed = excluded.sealed, by = excluded.by, at = excluded.at`,
  )
  const keepRoute = db.prepare(
    `INSERT INTO routes (id, place, entries, by, at) VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM routes), ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET entries = excluded.entries, by = excluded.by, at = excluded.at`,
  )
  let ofFile: readonly ChannelInput[] = []
  let routesOfFile: readonly Route[] | null = null
  const stored = new Map(readChannels(db, box).map((channel) => [channel.name, channel]))
  let routes = readRoutes(db)

  const isInFile = (name: string) => ofFile.some((channel) => sameName(channel.name, name))
  const inForce = (): readonly ChannelInput[] => [
    ...ofFile,
    ...[...stored.values()].flatMap(({ input }) => (input === null || isInFile(input.name) ? [] : input)),
  ]
  const unreadable = [...stored.values()].filter(({ input }) => input === null).length
  if (unreadable > 0) log.error({ channels: unreadable }, 'some channels that were entered in the console cannot be read: their secrets were sealed elsewhere')

  /** The route, limited to existing channels. An unreadable route keeps no channels: if it were dropped, everything might go to every channel. */
  const routeOf = (entries: EnteredValues): Route => {
    const names = inForce().map(({ name }) => name)
    const read = routeSchema([...names, ...namedIn(entries)]).safeParse(entries).data
    if (read === undefined) return { to: [] }
    const there = (all: readonly string[]) => all.filter((name) => names.includes(name))
    const { escalate, ...route } = read
    const to = there(escalate?.to ?? [])
    return { ...route, to: there(route.to), ...(escalate !== undefined && to.length > 0 && { escalate: { ...escalate, to } }) }
  }
  const changed = (channel: string | null, by: string, what: 'added' | 'changed' | 'removed'): void => {
    record([newEvent('channelEdited', clock.now(), { channel, by, what })])
    onChange()
  }
  const put = (typed: EnteredValues, by: string, what: 'added' | 'changed'): Result<string, Refusal | Wrong> => {
    const entries = withoutEmpty(typed)
    const read = inConsole.safeParse(entries)
    if (!read.success) return err(read.error.issues)
    if (box === null) return err('UNAVAILABLE')
    const channel = { ...shownChannel(read.data), entries, input: read.data, by, at: Math.round(clock.now()) }
    const { name, kind, origin, at } = channel
    keepChannel.run(name, kind, origin, box.seal(JSON.stringify(entries), ownerOf(name)), by, at)
    stored.set(name, channel)
    changed(name, by, what)
    return ok(name)
  }
  const putRoute = (id: string, typed: EnteredValues, by: string, what: 'added' | 'changed'): Result<string, Refusal | Wrong> => {
    const entries = withoutEmpty(typed)
    const read = routeSchema(inForce().map(({ name }) => name)).safeParse(entries)
    if (!read.success) return err(read.error.issues)
    const empty = read.data.to.length === 0 ? ['to'] : read.data.escalate?.to.length === 0 ? ['escalate', 'to'] : null
    if (empty !== null) return err([{ code: 'custom', path: empty, message: invalid({ kind: 'missing', key: 'to' }), input: undefined }])
    const route = { id, entries, by, at: Math.round(clock.now()) }
    keepRoute.run(id, JSON.stringify(entries), by, route.at)
    routes = what === 'added' ? [...routes, route] : routes.map((one) => (one.id === id ? route : one))
    changed(null, by, what)
    return ok(id)
  }
  return {
    /** Sets the channels and routes of the configuration file. */
    configure: (channels: readonly ChannelInput[], ofRoutes: readonly Route[] | null): void => {
      ofFile = channels
      routesOfFile = ofRoutes
      onChange()
    },
    /** Channels in force, from both. */
    channels: inForce,
    /** Routes from both, those of the file first; null: there are none. */
    routes: (): readonly RouteInForce[] | null => {
      const entered = routes.map((one) => ({ ...routeOf(one.entries), entered: one }))
      if (routesOfFile === null && entered.length === 0) return null
      return [...(routesOfFile ?? []), ...entered]
    },
    /** By whom and when a channel in force was entered; null: it comes from the file. */
    entered: (name: string): Channel['entered'] => {
      const channel = isInFile(name) ? undefined : stored.get(name)
      return channel === undefined ? null : { by: channel.by, at: channel.at }
    },
    idle: (): IdleChannel[] =>
      [...stored.values()].flatMap(({ name, kind, origin, input }) => {
        const because = isInFile(name) ? 'inFile' : input === null ? 'sealed' : null
        return because === null ? [] : [{ name, kind, origin, because }]
      }),
    /** The entered values, without those that may be secret. */
    entriesOf: (name: string): Result<EnteredValues, Refusal> => {
      const channel = stored.get(name)
      if (channel === undefined) return err(isInFile(name) ? 'FORBIDDEN' : 'NOT_FOUND')
      return ok(Object.fromEntries(Object.entries(channel.entries ?? { name }).filter(([key, value]) => !isSecret(key, value))))
    },
    add: (entries: EnteredValues, by: string): Result<string, Refusal | Wrong> => {
      const name = typeof entries.name === 'string' ? entries.name.trim() : ''
      if (isInFile(name) || [...stored.keys()].some((other) => sameName(other, name))) return err('CONFLICT')
      return stored.size >= mostChannels ? err('BAD_REQUEST') : put({ ...entries, name }, by, 'added')
    },
    /** Omitted values stay; '' removes a value. Secrets are kept only while the destination stays the same. */
    update: (name: string, change: EnteredValues, by: string): Result<string, Refusal | Wrong> => {
      const channel = stored.get(name)
      if (channel === undefined) return err(isInFile(name) ? 'FORBIDDEN' : 'NOT_FOUND')
      const before = channel.entries ?? {}
      const next = { ...before, ...change, name }
      const isElsewhere = placesOf(withoutEmpty(next)) !== placesOf(before)
      const kept = isElsewhere ? Object.fromEntries(Object.entries(next).filter(([key, value]) => key in change || !isSecret(key, value))) : next
      const kind = channelKindNames.find((one) => one in kept)
      return kind !== undefined && kind !== channel.kind ? err('CONFLICT') : put(kept, by, 'changed')
    },
    remove: (name: string, by: string): Result<void, Refusal> => {
      if (!stored.has(name)) return err(isInFile(name) ? 'FORBIDDEN' : 'NOT_FOUND')
      db.prepare('DELETE FROM channels WHERE name = ?').run(name)
      stored.delete(name)
      changed(name, by, 'removed')
      return ok(undefined)
    },
    addRoute: (entries: EnteredValues, by: string): Result<string, Refusal | Wrong> =>
      routes.length >= mostRoutes ? err('BAD_REQUEST') : putRoute(`route-${randomUUID().slice(0, 8)}`, entries, by, 'added'),
    updateRoute: (id: string, entries: EnteredValues, by: string): Result<string, Refusal | Wrong> =>
      routes.some((one) => one.id === id) ? putRoute(id, entries, by, 'changed') : err('NOT_FOUND'),
    removeRoute: (id: string, by: string): Result<void, Refusal> => {
      if (!routes.some((one) => one.id === id)) return err('NOT_FOUND')
      db.prepare('DELETE FROM routes WHERE id = ?').run(id)
      routes = routes.filter((one) => one.id !== id)
      changed(null, by, 'removed')
      return ok(undefined)
    },
  }
}
export type ChannelEdits = ReturnType<typeof createChannelEdits>
