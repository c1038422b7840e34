import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Clock, Timer } from '../../clock/clock.ts'
import { isOnAir } from '../../shared/cameras.ts'
import { type GuestLink, type GuestLinkInput, type GuestPicture, guestLimits, guestLinkInputSchema, guestPath } from '../../shared/guests.ts'
import { isFor } from '../../shared/maintenance.ts'
import { compare } from '../../shared/naturalOrder.ts'
import { type Operator, ownsNothing } from '../../shared/permissions.ts'
import { type PictureReason, plainReason } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { isUseNoted } from '../../shared/time.ts'
import { streamKey, streamsOfWall, uniqueStreams, type WallStream } from '../../shared/walls.ts'
import type { Audit } from '../accounts/audit.ts'
import { api, orRefused } from '../api.ts'
import type { Log } from '../ports.ts'
import type { OpenPictures } from '../previews/openPictures.ts'
import type { Previews } from '../previews/previews.ts'
import { sha256 } from '../sha256.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import { createEntryRows } from '../storage/entryRows.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { Streams } from '../streams/streams.ts'
import type { Walls } from '../walls/walls.ts'

interface GuestsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  readonly audit: Pick<Audit, 'record'>
  readonly servers: () => readonly Pick<Server, 'id' | 'name' | 'tags'>[]
  /** null: there is no such server. */
  readonly server: (id: string) => Pick<Server, 'state'> | null
  readonly streams: Pick<Streams, 'brief' | 'eachListed'>
  readonly walls: Pick<Walls, 'list'>
  /** The name of the camera that a stream belongs to; null: none. */
  readonly cameraNameOf: (stream: WallStream) => string | null
  readonly previews: Pick<Previews, 'open' | 'closeOwn'>
  readonly openPictures: Pick<OpenPictures, 'review' | 'hasRoom'>
  readonly snapshots: Pick<Snapshots, 'newest'>
}

interface Stored extends GuestLink {
  readonly hash: string
  /** When its opening was recorded last. */
  readonly openedAt: number
}
interface Row extends Omit<Stored, 'name' | 'shows' | 'openedAt'> {
  readonly input: Pick<GuestLink, 'name' | 'shows'>
}
interface Picture {
  readonly id: string
  readonly name: string
  readonly stream: WallStream
}
type Played = { readonly file: string; readonly previewId: string } | { readonly why: PictureReason }

const [dayMs, hourMs, minuteMs] = [86_400_000, 3_600_000, 60_000]
/** What a wall has is found anew after this time. */
const freshMs = 2_000
/** Live pictures that guests of one link may open within a minute. */
const mostPlaysAMinute = 40

/** Links by which guests see chosen pictures, and nothing else, until a time. */
export class Guests {
  readonly #deps: GuestsDeps
  readonly #byId = new Map<string, Stored>()
  readonly #pictures = new Map<string, { readonly at: number; readonly all: readonly Picture[]; readonly left: number }>()
  readonly #plays = new Map<string, { readonly since: number; count: number }>()
  readonly #rows
  /** Of links that ended in this launch: whoever opens one again guesses no secret. */
  readonly #endedHashes = new Set<string>()
  /** Ended, and still stored because the disk did not take it. */
  readonly #undeleted = new Set<string>()
  #timer: Timer | null = null

  constructor(deps: GuestsDeps) {
    this.#deps = deps
    const { db, log } = deps
    const fields = { input: guestLinkInputSchema, hash: null, endsAt: null, createdAt: null, by: null, lastUsedAt: null }
    this.#rows = createEntryRows<Row>(db, 'guest_links', fields, 'created_at')
    const { entries, unreadable } = this.#rows.all()
    for (const { input, ...link } of entries) this.#byId.set(link.id, { ...link, name: input.name, shows: input.shows, openedAt: 0 })
    for (const id of unreadable) log.error({ id }, 'A guest link cannot be read: it admits nobody')
    this.#endDue()
  }

  list(): readonly GuestLink[] {
    this.#endDue()
    return [...this.#byId.values()].map(shown).reverse()
  }

  /** With the secret, which is not kept. */
  add({ name, shows, endsAt }: GuestLinkInput, by: string): Result<{ link: GuestLink; secret: string }, 'NO_SERVER' | 'NO_WALL' | 'TOO_MANY' | 'BAD_END'> {
    const { clock, servers, walls } = this.#deps
    const now = clock.now()
    const end = endsAt ?? now + guestLimits.usualDays * dayMs
    const known = new Set(servers().map(({ id }) => id))
    if (end <= now || end > now + guestLimits.days * dayMs) return err('BAD_END')
    if (shows.kind === 'streams' && !shows.streams.every(({ serverId }) => known.has(serverId))) return err('NO_SERVER')
    // The walls that are always there show the whole fleet, or what is wrong with it.
    if (shows.kind === 'wall' && !walls.list().some(({ id, kind }) => id === shows.wallId && kind === 'streams')) return err('NO_WALL')
    this.#endDue()
    if (this.#byId.size >= guestLimits.links) return err('TOO_MANY')
    const secret = `mtxg_${randomBytes(32).toString('base64url')}`
    const dates = { endsAt: Math.round(end), createdAt: Math.round(now), lastUsedAt: null, openedAt: 0 }
    const stored: Stored = { id: randomUUID(), name, shows, by, hash: sha256(secret), ...dates }
    this.#write(stored)
    this.#byId.set(stored.id, stored)
    this.#waitForEnd()
    return ok({ link: shown(stored), secret })
  }

  revoke(id: string): Result<void, 'NOT_FOUND'> {
    const link = this.#byId.get(id)
    if (link === undefined) return err('NOT_FOUND')
    this.#end(link)
    this.#waitForEnd()
    return ok(undefined)
  }

  /** The link of a secret; null: there is none, or it has ended. */
  find(secret: string): GuestLink | null {
    if (!secret.startsWith('mtxg_') || secret.length > 100) return null
    const hash = sha256(secret)
    const link = [...this.#byId.values()].find((each) => each.hash === hash)
    if (link === undefined) return null
    if (link.endsAt <= this.#deps.clock.now()) this.#endDue()
    return this.#byId.get(link.id) ?? null
  }

  /** Whether the link of a secret ended in this launch. */
  hasEnded(secret: string): boolean {
    return this.#endedHashes.has(sha256(secret))
  }

  /** Records that a link was opened; several times within a minute once. */
  opened({ id }: GuestLink, address: string): void {
    const link = this.#byId.get(id)
    const now = this.#deps.clock.now()
    if (link === undefined || now - link.openedAt < minuteMs) return
    this.#byId.set(id, { ...link, openedAt: now })
    this.#deps.audit.record({ by: link.name, byId: operatorOf(link).id, from: address, action: 'signIn', what: 'guestLink', of: { id } })
  }

  /** Its pictures as guests see them, without words; `left`: how many more its wall has. */
  page(link: GuestLink): { readonly pictures: readonly (Omit<GuestPicture, 'said'> & { readonly since: number | null })[]; readonly left: number } {
    this.#used(link.id)
    const { all, left } = this.#picturesOf(link)
    return { pictures: all.map(({ id, name, stream }) => ({ id, name, ...this.#stateOf(stream) })), left }
  }

  /** Its newest kept picture; null: there is none. */
  async picture(link: GuestLink, pictureId: string): Promise<KeptPicture | null> {
    const found = this.#picturesOf(link).all.find(({ id }) => id === pictureId)
    return found === undefined ? null : ((await this.#deps.snapshots.newest({ streams: [found.stream] }))[0] ?? null)
  }

  /**
   * Opens a live picture; `file` is its playlist below `/relay/`. null: the link has no such picture. `asked`: somebody wants to see it, so that its source
   * is started, and it may take the place of the oldest.
   */
  async play(link: GuestLink, pictureId: string, { asked, playsH265 }: { readonly asked: boolean; readonly playsH265: boolean }): Promise<Played | null> {
    const picture = this.#picturesOf(link).all.find(({ id }) => id === pictureId)
    if (picture === undefined) return null
    const by = this.relayed(link)
    const { stream } = picture
    if (!asked && !this.#deps.openPictures.hasRoom({ by, viewer: by.id })) return { why: { kind: 'replaced' } }
    const plays = this.#playsOf(link.id)
    if (plays.count >= mostPlaysAMinute) return { why: { kind: 'tooManyAtOnce' } }
    plays.count++
    const only = (now: Operator) => now.id === by.id && this.#has(link.id, stream)
    const opened = await this.#deps.previews.open({ ...stream, wake: asked, playsH265, viewer: by.id, by, only })
    // Pages ask by themselves; where that opens nothing, it must not keep those from playing who want to see something.
    if (!asked && !opened?.url) plays.count--
    // It may have ended meanwhile.
    this.relayed(link)
    if (opened === null) return { why: { kind: 'noPictureNow' } }
    return opened.url === null ? { why: plainReason(opened.why) } : { file: opened.url.replace('/relay/', ''), previewId: opened.previewId }
  }

  /** For whom the relay fetches pictures of a link: only those that it opened, and that it still has. */
  relayed(link: GuestLink): Operator {
    const operator = operatorOf(link)
    this.#deps.openPictures.review(operator.id, operator)
    return operator
  }

  stop(link: GuestLink, previewId: string): void {
    this.#deps.previews.closeOwn(previewId, operatorOf(link))
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#removeEnded()
  }

  #has(id: string, stream: WallStream): boolean {
    const link = this.#byId.get(id)
    return link !== undefined && this.#picturesOf(link).all.some((one) => streamKey(one.stream) === streamKey(stream))
  }

  #used(id: string): void {
    const link = this.#byId.get(id)
    const now = this.#deps.clock.now()
    if (link === undefined) return
    const used = { ...link, lastUsedAt: Math.round(now) }
    this.#byId.set(id, used)
    if (!isUseNoted(link.lastUsedAt, now)) attemptWrite(() => this.#write(used))
  }

  #end({ id, name, hash }: Stored): void {
    this.#byId.delete(id)
    this.#endedHashes.add(hash)
    for (const oldest of this.#endedHashes) if (this.#endedHashes.size > guestLimits.links) this.#endedHashes.delete(oldest)
    this.#pictures.delete(id)
    this.#plays.delete(id)
    this.#deps.openPictures.review(operatorOf({ id, name }).id, null)
    this.#undeleted.add(id)
    this.#removeEnded()
    if (this.#undeleted.has(id)) this.#deps.log.warn({ id }, 'The end of a guest link could not be stored; it is tried again each minute')
  }

  #removeEnded(): void {
    for (const id of this.#undeleted) if (attemptWrite(() => this.#rows.remove(id))) this.#undeleted.delete(id)
  }

  /** Ends links whose time has come. */
  #endDue(): void {
    const now = this.#deps.clock.now()
    this.#removeEnded()
    for (const link of [...this.#byId.values()]) {
      if (link.endsAt > now) continue
      this.#end(link)
      const of = { id: link.id, reason: 'ended' }
      this.#deps.audit.record({ by: link.name, byId: operatorOf(link).id, from: null, action: 'signOut', what: 'guestLink', of })
    }
    this.#waitForEnd()
  }

  #waitForEnd(): void {
    const { clock } = this.#deps
    if (this.#timer !== null) clock.clearTimeout(this.#timer)
    const next = Math.min(...[...this.#byId.values()].map(({ endsAt }) => endsAt))
    // The clock may be set meanwhile.
    const waitMs = Math.min(this.#undeleted.size > 0 ? minuteMs : hourMs, Math.max(0, next - clock.now()))
    this.#timer = next === Number.POSITIVE_INFINITY && this.#undeleted.size === 0 ? null : clock.setTimeout(() => this.#endDue(), waitMs)
  }

  /** How many live pictures were opened within the minute. */
  #playsOf(id: string): { readonly since: number; count: number } {
    const now = this.#deps.clock.monotonic()
    const minute = this.#plays.get(id)
    if (minute !== undefined && now - minute.since < minuteMs) return minute
    const begun = { since: now, count: 0 }
    this.#plays.set(id, begun)
    return begun
  }

  #picturesOf({ id, shows }: GuestLink) {
    const now = this.#deps.clock.monotonic()
    const before = this.#pictures.get(id)
    if (before !== undefined && now - before.at < freshMs) return before
    const { all, left } = this.#find(shows)
    // Neither a place in the list, which changes, nor anything that a path could be guessed from.
    const idOf = (key: string) => createHmac('sha256', id).update(key).digest('base64url').slice(0, 16)
    const found = { at: now, left, all: all.map(({ key, ...picture }) => ({ id: idOf(key), ...picture })) }
    this.#pictures.set(id, found)
    return found
  }

  #find(shows: GuestLink['shows']): { readonly all: readonly (Omit<Picture, 'id'> & { readonly key: string })[]; readonly left: number } {
    const { servers, streams, walls, cameraNameOf } = this.#deps
    const named = (stream: WallStream) => ({
      key: streamKey(stream),
      name: cameraNameOf(stream) ?? stream.path.split('/').at(-1) ?? '',
      stream: { serverId: stream.serverId, path: stream.path },
    })
    if (shows.kind === 'streams') return { all: uniqueStreams(shows.streams).map(named), left: 0 }
    const wall = walls.list().find(({ id }) => id === shows.wallId)
    if (wall === undefined) return { all: [], left: 0 }
    const byId = new Map(servers().map((server) => [server.id, server]))
    const { scope } = wall
    const rows: { readonly facts: WallStream }[] = []
    // Those of the wall alone: sorting a whole fleet takes long, and it is done every two seconds.
    if (scope !== null)
      streams.eachListed((serverId, path) => {
        const server = byId.get(serverId)
        if (server !== undefined && isFor(scope, server, path)) rows.push({ facts: { serverId, path } })
      })
    const nameOf = ({ facts }: (typeof rows)[number]) => byId.get(facts.serverId)?.name ?? ''
    rows.sort((one, other) => compare(nameOf(one), nameOf(other)) || compare(one.facts.path, other.facts.path))
    const found = streamsOfWall(wall, rows, (id) => byId.get(id))
    const shown = found.streams.slice(0, guestLimits.pictures)
    return { all: shown.map(named), left: found.left + found.streams.length - shown.length }
  }

  #stateOf({ serverId, path }: WallStream): { readonly state: GuestPicture['state']; readonly since: number | null } {
    const { streams, server } = this.#deps
    const facts = streams.brief(serverId, path)?.facts
    if (!facts) return { state: server(serverId)?.state === 'up' ? 'offAir' : 'unknown', since: null }
    const onAir = isOnAir(facts.state)
    if (onAir === null) return { state: 'unknown', since: null }
    if (!onAir && facts.onDemand) return { state: 'asleep', since: null }
    return { state: onAir ? 'onAir' : 'offAir', since: facts.stateSince }
  }

  #write({ name, shows, openedAt: _, ...link }: Stored): void {
    this.#rows.keep({ ...link, input: { name, shows } })
  }
}

function shown({ hash: _, openedAt: __, ...link }: Stored): GuestLink {
  return link
}

/** Guests of a link together, as far as pictures are concerned. */
function operatorOf({ id, name }: Pick<GuestLink, 'id' | 'name'>): Operator {
  return { id: `guest:${id}`, name, role: 'user', permission: null, limit: null, owns: ownsNothing }
}

/** `publicUrl`: where browsers reach this console; null: not known. */
export function guestsRouter(guests: Guests, publicUrl: () => string | null) {
  return {
    list: api.guests.list.handler(() => [...guests.list()]),
    add: api.guests.add.handler(({ input, context, errors }) => {
      const { link, secret } = orRefused(guests.add(input, context.operator.name), errors)
      const address = `${guestPath}/${secret}`
      return { link, address, url: publicUrl()?.replace(/\/+$/, '').concat(address) ?? null }
    }),
    revoke: api.guests.revoke.handler(({ input, errors }) => {
      orRefused(guests.revoke(input.id), errors)
    }),
  }
}
