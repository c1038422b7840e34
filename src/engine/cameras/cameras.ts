import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { type CameraChange, type CameraInput, type CameraStream, compareSharing, mostCameras, mostStreams, undoKeptMs } from '../../shared/cameras.ts'
import type { Span } from '../../shared/maintenance.ts'
import { compare } from '../../shared/naturalOrder.ts'
import { isAllowed, type Operator } from '../../shared/permissions.ts'
import { redactUrl, secretMark } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { withoutUndefined } from '../../shared/withoutUndefined.ts'
import type { SeesCamera } from '../alarms/alarmSearch.ts'
import type { OnAirPlans } from '../maintenance/onAir.ts'
import type { Log } from '../ports.ts'
import type { SecretBox } from '../servers/secretBox.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { Planned } from '../streams/streamRecord.ts'
import { createCameraRows, type StoredCamera } from './cameraRows.ts'

export type { StoredCamera } from './cameraRows.ts'

interface CamerasDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  /** null: secrets can't be stored. */
  readonly box: SecretBox | null
  /** Called when streams may be expected otherwise. */
  readonly onChange: () => void
  /** Plans by their ids; null: there is none, or its calendar was not read yet. */
  readonly plans: Pick<OnAirPlans, 'planned' | 'plannedWithin'>
}
export type CameraRefusal = 'NOT_FOUND' | 'CONFLICT' | 'TOO_MANY' | 'FORBIDDEN' | 'SECRETS_HIDDEN' | 'KEY_UNAVAILABLE'
type Refused<Value> = Result<Value, CameraRefusal>

/** A camera before an act (null: it was added), and with which revision it was left (null: it was removed). */
interface Undone {
  readonly before: StoredCamera | null
  readonly revision: number | null
  readonly favouriteOf: readonly string[]
}
/** The last act of an operator. */
interface Act {
  readonly at: number
  readonly cameras: ReadonlyMap<string, Undone>
}
const mostActs = 20
/** Of one operator. */
const mostFavourites = 2_000

function isWithin({ project, tags }: CameraInput, { limit }: Operator): boolean {
  return limit === null || limit.projects.includes(project) || tags.some((tag) => limit.tags.includes(tag))
}
export function isOwned({ input: { owner } }: Pick<StoredCamera, 'input'>, { accountId, groups }: Operator['owns']): boolean {
  if (owner === null) return false
  return owner.kind === 'account' ? owner.id === accountId : groups.includes(owner.name)
}
/** Whether an operator may see a camera. To him, others do not exist. */
function isSeen(camera: Pick<StoredCamera, 'input'>, operator: Operator): boolean {
  if (operator.limit !== null) return isWithin(camera.input, operator)
  return operator.role !== 'user' || isOwned(camera, operator.owns)
}

export function streamKey({ serverId, path }: { readonly serverId: string; readonly path: string }): string {
  return `${serverId}\n${path}`
}
/** The streams of a camera that are on watched servers, the one that is shown first. */
export function serverStreamsOf({ input, pushed }: Pick<StoredCamera, 'input' | 'pushed'>) {
  const listed = input.streams.flatMap((stream) => ('serverId' in stream ? [stream] : []))
  const own = pushed === null ? listed : [{ use: 'main' as const, serverId: pushed.serverId, path: pushed.path }, ...listed]
  return own.sort((one, other) => (one.use === other.use ? 0 : one.use === 'main' ? -1 : 1))
}
/** The address by which it is read, with its secrets; null: it has none, or it can't be decrypted. */
export function addressOf({ input, addresses }: Pick<StoredCamera, 'input' | 'addresses'>): string | null {
  const first = input.streams.findIndex((stream) => 'address' in stream && stream.use === 'main')
  return addresses[first === -1 ? input.streams.findIndex((stream) => 'address' in stream) : first] ?? null
}

const shown = (stream: CameraStream): CameraStream => ('address' in stream ? { ...stream, address: redactUrl(stream.address) } : stream)

/** The addresses of streams as entered: one that is entered as it is shown keeps its secrets; null: it hides secrets that are not known. */
function enteredAddresses(streams: readonly CameraStream[], before: StoredCamera | null): readonly (string | null)[] | null {
  const addresses: (string | null)[] = []
  for (const [at, stream] of streams.entries()) {
    const isKept = (place: number): boolean => {
      const one = before?.input.streams[place]
      return one !== undefined && 'address' in one && 'address' in stream && one.address === stream.address
    }
    // Two may look alike without their secrets.
    const place = [at, ...(before?.input.streams.keys() ?? [])].find(isKept)
    if ('serverId' in stream) addresses.push(null)
    else if (place !== undefined) addresses.push(before?.addresses[place] ?? null)
    else if (stream.address.includes(secretMark)) return null
    else addresses.push(stream.address)
  }
  return addresses
}

/** The streams that were entered by somebody who is not shown those of servers: they stay where they are. */
function withUnseen(before: StoredCamera | null, entered: readonly CameraStream[]): CameraStream[] {
  const addresses: CameraStream[] = entered.filter((stream) => 'address' in stream)
  const streams = (before?.input.streams ?? []).flatMap((stream): CameraStream[] => ('serverId' in stream ? [stream] : addresses.splice(0, 1)))
  return [...streams, ...addresses]
}

function expectedSince(before: StoredCamera | null, { expected }: CameraInput, at: number): number {
  return before?.input.expected === expected ? before.expectedSince : at
}

/** Cameras: what people call by a name, with its streams, owner and place. What is on air is not known here. */
export class Cameras {
  readonly #deps: CamerasDeps
  readonly #rows: ReturnType<typeof createCameraRows>
  readonly #byId = new Map<string, StoredCamera>()
  /** By the place of a stream on a server, or by its address. */
  readonly #byStream = new Map<string, StoredCamera[]>()
  #planned: ReadonlyMap<string, readonly string[]> = new Map()
  readonly #favourites = new Map<string, Set<string>>()
  readonly #acts = new Map<string, Act>()
  #sorted: readonly StoredCamera[] | null = null

  constructor(deps: CamerasDeps) {
    this.#deps = deps
    this.#rows = createCameraRows(deps.db, deps.box)
    const read = this.#rows.all()
    if (read.unreadable > 0) deps.log.error({ cameras: read.unreadable }, 'some cameras cannot be read')
    for (const camera of read.cameras) this.#byId.set(camera.id, camera)
    for (const { operator, camera } of this.#rows.favourites()) this.#favouritesOf(operator).add(camera)
    this.#index()
  }

  /** Those that an operator may see, by name, project and age. */
  seenBy(operator: Operator): readonly StoredCamera[] {
    this.#sorted ??= [...this.#byId.values()].sort(
      (a, b) => compare(a.input.name, b.input.name) || compare(a.input.project, b.input.project) || a.createdAt - b.createdAt,
    )
    return this.#sorted.filter((camera) => isSeen(camera, operator))
  }
  /** null: there is none, or the operator may not see it. */
  get(id: string, operator: Operator): StoredCamera | null {
    const camera = this.#byId.get(id)
    return camera !== undefined && isSeen(camera, operator) ? camera : null
  }
  /** The camera that a stream belongs to, whoever may see it: of several the most important, then the first by name. */
  ofStream(serverId: string, path: string): StoredCamera | null {
    return this.#byStream.get(streamKey({ serverId, path }))?.[0] ?? null
  }
  /** The same of those that the operator may see. */
  seenOf(serverId: string, path: string, operator: Operator): StoredCamera | null {
    return this.#byStream.get(streamKey({ serverId, path }))?.find((camera) => isSeen(camera, operator)) ?? null
  }
  /** The same by its name. */
  namedOf(...stream: Parameters<Cameras['seenOf']>): { readonly id: string; readonly name: string } | null {
    const camera = this.seenOf(...stream)
    return camera && { id: camera.id, name: camera.input.name }
  }
  /** Each stream on a server that belongs to a camera which an operator may see, with that camera. */
  *belonging(operator: Operator): Iterable<{ readonly camera: StoredCamera; readonly serverId: string; readonly path: string }> {
    for (const camera of this.seenBy(operator))
      for (const { serverId, path } of new Map(serverStreamsOf(camera).map((stream) => [streamKey(stream), stream])).values())
        if (this.seenOf(serverId, path, operator) === camera) yield { camera, serverId, path }
  }
  /** The camera that is read from an address, whoever may see it. */
  ofAddress(address: string): StoredCamera | null {
    return this.#byStream.get(address)?.[0] ?? null
  }
  /** Which cameras may be named to an operator; null: all, also those that were removed. */
  readonly seesOf = (operator: Operator): SeesCamera | null =>
    operator.role !== 'user' && operator.limit === null ? null : (id) => this.get(id, operator) !== null
  /** Its streams on watched servers; null: there is no such camera, or the operator may not see it. */
  streamsOf(id: string, operator: Operator): readonly { readonly serverId: string; readonly path: string }[] | null {
    const camera = this.get(id, operator)
    return camera && serverStreamsOf(camera)
  }
  isFavourite(id: string, { id: operator }: Operator): boolean {
    return this.#favourites.get(operator)?.has(id) ?? false
  }
  /** What the camera of a stream says of when it is on air; null: nothing. */
  plannedOf(serverId: string, path: string): Planned | null {
    const camera = this.#byStream.size === 0 ? null : this.ofStream(serverId, path)
    if (camera === null || camera.input.expected === null) return null
    const { name, expected } = camera.input
    const { expectedSince: since } = camera
    const planned = expected === 'always' ? { name, isDue: true, since } : this.#deps.plans.planned(expected)
    return planned && { ...planned, isNamed: true, byCamera: true, since: Math.max(planned.since, since) }
  }
  /** The same of a period, by what it says now. */
  plannedWithin(serverId: string, path: string, from: number, to: number): readonly Span[] | null {
    const expected = this.ofStream(serverId, path)?.input.expected ?? null
    if (expected === 'always') return [{ from, to }]
    return expected === null ? null : this.#deps.plans.plannedWithin(expected, from, to)
  }
  /** Paths of a server whose cameras say when they are on air. */
  plannedOn(serverId: string): readonly string[] {
    return this.#planned.get(serverId) ?? []
  }

  add(input: CameraInput, operator: Operator): Refused<StoredCamera> {
    const made = this.made(null, input, operator)
    return made.ok ? this.write([made.value], [], operator, made.value) : made
  }
  /** All of them, or none. */
  addMany(inputs: readonly CameraInput[], operator: Operator): Refused<number> {
    return this.#writeMade(inputs, (input) => this.made(null, input, operator), operator)
  }
  /** `revision`: that which the caller has read. */
  update(id: string, change: CameraChange, operator: Operator, revision?: number): Refused<StoredCamera> {
    const before = this.get(id, operator)
    if (before === null) return err('NOT_FOUND')
    if (revision !== undefined && revision !== before.revision) return err('CONFLICT')
    const made = this.made(before, change, operator)
    return made.ok ? this.write([made.value], [], operator, made.value) : made
  }
  /** All of them, or none. */
  updateMany(ids: readonly string[], change: CameraChange, operator: Operator): Refused<number> {
    const made = (id: string) => {
      const before = this.get(id, operator)
      return before === null ? err('NOT_FOUND' as const) : this.made(before, change, operator)
    }
    return this.#writeMade(new Set(ids), made, operator)
  }
  /** All of them, or none. */
  removeMany(ids: readonly string[], operator: Operator): Result<number, 'NOT_FOUND'> {
    const unique = [...new Set(ids)]
    if (unique.some((id) => this.get(id, operator) === null)) return err('NOT_FOUND')
    this.write([], unique, operator, null)
    return ok(unique.length)
  }
  /** Takes back the last act of the operator. Cameras that were changed since stay as they are (`left`). */
  restore(operator: Operator): Result<{ readonly restored: number; readonly removed: number; readonly left: number }, 'NOT_FOUND'> {
    const act = this.#acts.get(operator.id)
    if (act === undefined || this.#deps.clock.now() - act.at > undoKeptMs) return err('NOT_FOUND')
    const back: StoredCamera[] = []
    const removed: string[] = []
    const marked: [string, string][] = []
    let left = 0
    for (const [id, { before, revision, favouriteOf }] of act.cameras) {
      const now = this.#byId.get(id)
      // What he may do has changed since.
      const isHis = [before, now].every((one) => one == null || isSeen(one, operator)) && !(now && before && this.#choosesStreams(now, before.input, operator))
      if (!isHis || (now?.revision ?? null) !== revision || (now === undefined && this.#byId.size + back.length >= mostCameras)) left++
      else if (before === null) removed.push(id)
      else {
        // A path that was made or taken away meanwhile is not a matter of this act.
        back.push({
          ...before,
          pushed: now === undefined ? before.pushed : now.pushed,
          expectedSince: expectedSince(now ?? null, before.input, this.#deps.clock.now()),
          revision: (revision ?? before.revision) + 1,
          changedAt: this.#deps.clock.now(),
          by: operator.name,
        })
        for (const one of favouriteOf) marked.push([one, id])
      }
    }
    this.#acts.delete(operator.id)
    this.#apply(back, removed, marked)
    return ok({ restored: back.length, removed: removed.length, left })
  }
  /** Notes the path that was made of its address, or that it was taken away. */
  setPushed(id: string, stream: { readonly serverId: string; readonly path: string } | null, { name: by }: Operator): void {
    const before = this.#byId.get(id)
    if (before === undefined) return
    const at = this.#deps.clock.now()
    this.#apply([{ ...before, pushed: stream && { ...stream, at, by }, revision: before.revision + 1, changedAt: at, by }], [])
  }
  favourite(id: string, on: boolean, operator: Operator): Result<null, 'NOT_FOUND' | 'TOO_MANY'> {
    if (this.get(id, operator) === null) return err('NOT_FOUND')
    const own = this.#favouritesOf(operator.id)
    if (on && !own.has(id) && own.size >= mostFavourites) return err('TOO_MANY')
    this.#rows.favourite(operator.id, id, on)
    if (on) own.add(id)
    else own.delete(id)
    return ok(null)
  }

  /** Forgets the favourites of whoever has gone. What the disk does not take is forgotten at the next start. */
  forgetFavourites(hasGone: (operatorId: string) => boolean): void {
    for (const operator of [...this.#favourites.keys()]) {
      if (!hasGone(operator)) continue
      this.#favourites.delete(operator)
      attemptWrite(() => this.#rows.forgetFavourites(operator))
    }
  }

  /** A camera as it would be after a change; nothing is stored. `before` null: a new one, whose `change` is complete. */
  made(before: StoredCamera | null, change: CameraChange, operator: Operator): Refused<StoredCamera> {
    const { box, clock } = this.#deps
    // Before the merge, addresses are as they are shown.
    const changed = { ...before?.input, ...withoutUndefined(change) } as CameraInput
    if (this.#choosesStreams(before, changed, operator)) return err('FORBIDDEN')
    const entered = isAllowed(operator, 'view') ? changed : { ...changed, streams: withUnseen(before, changed.streams) }
    if (entered.streams.length > mostStreams) return err('FORBIDDEN')
    const addresses = enteredAddresses(entered.streams, before)
    if (addresses === null) return err('SECRETS_HIDDEN')
    const input = { ...entered, streams: entered.streams.map(shown) }
    const hasSecrets = input.streams.some((stream, place) => 'address' in stream && addresses[place] !== null && addresses[place] !== stream.address)
    if (hasSecrets && box === null) return err('KEY_UNAVAILABLE')
    if (!isWithin(input, operator)) return err('FORBIDDEN')
    const at = clock.now()
    const facts = { input, addresses, expectedSince: expectedSince(before, input, at), changedAt: at, by: operator.name }
    return ok(
      before === null ? { ...facts, id: randomUUID(), pushed: null, createdAt: at, revision: 1 } : { ...before, ...facts, revision: before.revision + 1 },
    )
  }
  /** Keeps these cameras and removes others, in one transaction that the operator can take back. */
  write<Value>(kept: readonly StoredCamera[], removed: readonly string[], { id: operator }: Operator, value: Value): Refused<Value> {
    const added = kept.reduce((sum, { id }) => sum + (this.#byId.has(id) ? 0 : 1), 0)
    if (this.#byId.size + added - removed.length > mostCameras) return err('TOO_MANY')
    const favouriteOf = (camera: string) => Array.from(this.#favourites).flatMap(([one, own]) => (own.has(camera) ? [one] : []))
    const cameras: Map<string, Undone> = new Map()
    for (const { id, revision } of kept) cameras.set(id, { before: this.#byId.get(id) ?? null, revision, favouriteOf: [] })
    for (const id of removed) cameras.set(id, { before: this.#byId.get(id) ?? null, revision: null, favouriteOf: favouriteOf(id) })
    this.#apply(kept, removed)
    this.#acts.delete(operator)
    this.#acts.set(operator, { at: this.#deps.clock.now(), cameras })
    for (const oldest of [...this.#acts.keys()].slice(0, -mostActs)) this.#acts.delete(oldest)
    return ok(value)
  }

  #writeMade<Of>(all: Iterable<Of>, make: (of: Of) => Refused<StoredCamera>, operator: Operator): Refused<number> {
    const next: StoredCamera[] = []
    for (const of of all) {
      const made = make(of)
      if (!made.ok) return made
      next.push(made.value)
    }
    return this.write(next, [], operator, next.length)
  }
  #apply(kept: readonly StoredCamera[], removed: readonly string[], marked: readonly (readonly [operator: string, camera: string])[] = []): void {
    this.#rows.write(kept, removed, marked)
    for (const camera of kept) this.#byId.set(camera.id, camera)
    for (const id of removed) {
      this.#byId.delete(id)
      for (const own of this.#favourites.values()) own.delete(id)
    }
    for (const [operator, camera] of marked) this.#favouritesOf(operator).add(camera)
    this.#index()
    this.#deps.onChange()
  }
  #index(): void {
    this.#sorted = null
    this.#byStream.clear()
    for (const camera of this.#byId.values()) {
      const address = addressOf(camera)
      for (const key of new Set([...serverStreamsOf(camera).map(streamKey), ...(address === null ? [] : [address])])) {
        const others = this.#byStream.get(key)
        if (others === undefined) this.#byStream.set(key, [camera])
        else others.push(camera)
      }
    }
    for (const sharing of this.#byStream.values())
      if (sharing.length > 1) sharing.sort((one, other) => compareSharing({ ...one.input, ...one }, { ...other.input, ...other }))
    const planned = [...this.#byId.values()].flatMap((camera) => (camera.input.expected === null ? [] : serverStreamsOf(camera)))
    this.#planned = new Map(
      Array.from(
        Map.groupBy(planned, ({ serverId }) => serverId),
        ([id, streams]) => [id, streams.map(({ path }) => path)],
      ),
    )
  }
  /** Whether somebody who may not see the fleet would get to see a stream of it. */
  #choosesStreams(before: StoredCamera | null, { streams }: CameraInput, operator: Operator): boolean {
    if (isAllowed(operator, 'view')) return false
    const had = new Set(before === null ? [] : serverStreamsOf(before).map(streamKey))
    return streams.some((stream) => 'serverId' in stream && !had.has(streamKey(stream)))
  }
  #favouritesOf(operator: string): Set<string> {
    const own = this.#favourites.get(operator) ?? new Set()
    this.#favourites.set(operator, own)
    return own
  }
}
