import { type Camera, type CameraInput, type CameraList, type CameraListInput, type CameraNow, isOnAir, type ProposedStream } from '../../shared/cameras.ts'
import { isCanaryPath } from '../../shared/canaries.ts'
import { compare } from '../../shared/naturalOrder.ts'
import { isAllowed, type Operator } from '../../shared/permissions.ts'
import type { Probe } from '../../shared/probes.ts'
import { type Severity, worseSeverity } from '../../shared/severities.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { FleetModel } from '../fleetModel.ts'
import type { Streams } from '../streams/streams.ts'
import { addressOf, type Cameras, type StoredCamera, serverStreamsOf } from './cameras.ts'

interface ShownCamerasDeps {
  readonly cameras: Cameras
  readonly streams: Pick<Streams, 'brief' | 'eachListed' | 'wasSeen'>
  readonly people: Pick<Accounts, 'nameOf'>
  readonly model: Pick<FleetModel, 'servers' | 'probes' | 'probeAddresses' | 'verdicts'>
}
interface Paged {
  readonly limit: number
  readonly offset: number
}

const unknownNow: CameraNow = {
  ...{ serverId: null, serverName: null, path: null, probeId: null, onAir: null, state: null, why: null, since: null },
  ...{ onDemand: false, readers: null, bitrateInBps: null, severity: null },
}
const probeStates = { up: 'live', retrying: 'gone', down: 'gone', connecting: null, paused: null } as const satisfies Record<Probe['state'], CameraNow['state']>

/** Cameras as an operator sees them: with what is known of their streams now. */
export class ShownCameras {
  readonly #deps: ShownCamerasDeps

  constructor(deps: ShownCamerasDeps) {
    this.#deps = deps
  }

  one(camera: StoredCamera, operator: Operator): Camera {
    return this.#shown(camera, operator, this.#probesByAddress())
  }
  page(cameras: readonly StoredCamera[], { limit, offset }: Paged, operator: Operator): { cameras: Camera[]; total: number } {
    const probes = this.#probesByAddress()
    return { cameras: cameras.slice(offset, offset + limit).map((camera) => this.#shown(camera, operator, probes)), total: cameras.length }
  }

  list(asked: CameraListInput, operator: Operator): CameraList {
    const { cameras } = this.#deps
    const found = cameras.seenBy(operator).filter(hasText(asked.text, operator))
    const isFirst = ({ id }: StoredCamera) => cameras.isFavourite(id, operator)
    const favourites = found.filter(isFirst)
    return this.page(asked.favourites ? favourites : [...favourites, ...found.filter((camera) => !isFirst(camera))], asked, operator)
  }

  /** Streams of all servers that no camera has. Whoever may not see the fleet is shown none. */
  proposals({ text, serverId, ...page }: Paged & { readonly text: string; readonly serverId?: string | undefined }, operator: Operator) {
    const found: ProposedStream[] = []
    if (!isAllowed(operator, 'view')) return { streams: found, total: 0 }
    const { cameras, streams, model } = this.#deps
    const words = wordsOf(text)
    const names = new Map(model.servers.all().map(({ id, name }) => [id, name]))
    streams.eachListed((id, path, state) => {
      const serverName = names.get(id)
      if (serverName === undefined || isCanaryPath(path) || cameras.ofStream(id, path) !== null) return
      found.push({ serverId: id, serverName, path, state, name: nameOf(path) })
    })
    const timesUsed = new Map<string, number>()
    for (const name of [...cameras.seenBy(operator).map(({ input }) => input.name), ...found.map(({ name }) => name)])
      timesUsed.set(name.toLowerCase(), (timesUsed.get(name.toLowerCase()) ?? 0) + 1)
    const asked = found.filter(
      ({ serverId: id, serverName, path }) => (serverId === undefined || id === serverId) && (words.length === 0 || hasWords(`${serverName} ${path}`, words)),
    )
    asked.sort((one, other) => compare(one.serverName, other.serverName) || compare(one.path, other.path))
    const isFree = (name: string) => timesUsed.get(name.toLowerCase()) === 1
    const proposed = asked
      .slice(page.offset, page.offset + page.limit)
      .map((one) => (isFree(one.name) ? one : { ...one, name: `${one.serverName} ${one.name}`.slice(0, longestName) }))
    return { streams: proposed, total: asked.length }
  }

  /** Cameras none of whose streams was ever seen. */
  unseen(page: Paged, operator: Operator) {
    const { cameras, streams } = this.#deps
    const probes = this.#probesByAddress()
    const wasSeen = (camera: StoredCamera): boolean => {
      if (serverStreamsOf(camera).some(({ serverId, path }) => streams.wasSeen(serverId, path))) return true
      const probe = this.#probeOf(camera, probes)
      return probe !== null && probe.readAt !== null
    }
    return this.page(
      cameras.seenBy(operator).filter((camera) => !wasSeen(camera)),
      page,
      operator,
    )
  }

  #shown(camera: StoredCamera, operator: Operator, probes: ReadonlyMap<string, string>): Camera {
    const { id, input, pushed, createdAt, changedAt, by, revision } = camera
    const now = this.#now(camera, probes)
    const mayView = isAllowed(operator, 'view')
    const own = { ...input, streams: shownStreams(camera, operator), pushed: mayView ? pushed : null }
    const here = mayView ? now : { ...now, serverId: null, serverName: null, path: null, probeId: null, why: null }
    const { owner } = input
    const ownerName = owner === null ? null : owner.kind === 'group' ? owner.name : this.#deps.people.nameOf(owner.id)
    return { id, ...own, ownerName, createdAt, changedAt, by, revision, isFavourite: this.#deps.cameras.isFavourite(id, operator), now: here }
  }

  #now(camera: StoredCamera, probes: ReadonlyMap<string, string>): CameraNow {
    const { streams, model } = this.#deps
    const [main] = serverStreamsOf(camera)
    if (main === undefined) {
      const probe = this.#probeOf(camera, probes)
      if (probe === null) return unknownNow
      const state = probeStates[probe.state]
      const bitrateInBps = state === 'live' ? (probe.bitrate?.meanBps ?? null) : null
      return {
        ...unknownNow,
        probeId: probe.id,
        state,
        onAir: state && isOnAir(state),
        since: state && probe.stateSince,
        bitrateInBps,
        severity: probe.severity,
      }
    }
    const { serverId, path } = main
    const server = model.servers.get(serverId)
    const place = { ...unknownNow, serverId, path, serverName: server?.name ?? null, severity: this.#severity(camera, probes) }
    const stream = server && streams.brief(serverId, path)
    if (stream === null) return place
    const { state, stateSince: since, why, onDemand } = stream.facts
    const { readers, bitrateInBps } = stream.figures
    return { ...place, state, onAir: isOnAir(state), why, since, onDemand, readers, bitrateInBps }
  }

  /** The worst of its streams on servers and of the probe that reads its address. */
  #severity(camera: StoredCamera, probes: ReadonlyMap<string, string>): Severity | null {
    const { verdicts } = this.#deps.model
    const ofStreams = serverStreamsOf(camera).map(({ serverId, path }) => verdicts.severityOf(serverId, path))
    return ofStreams.reduce(worseSeverity, this.#probeOf(camera, probes)?.severity ?? null)
  }
  /** The probe that reads its address; null: there is none. */
  #probeOf(camera: StoredCamera, probes: ReadonlyMap<string, string>): Probe | null {
    return this.#deps.model.probes.get(probes.get(addressOf(camera) ?? '') ?? '')
  }
  #probesByAddress(): ReadonlyMap<string, string> {
    return new Map(this.#deps.model.probeAddresses.all().map(({ id, url }) => [url, id]))
  }
}

/** Whoever may not see the fleet learns nothing of its servers; a moderator edits the addresses. */
export function shownStreams({ input: { streams } }: Pick<StoredCamera, 'input'>, operator: Operator): CameraInput['streams'] {
  if (isAllowed(operator, 'view')) return streams
  return operator.role === 'user' ? [] : streams.filter((stream) => 'address' in stream)
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/\s+/).filter(Boolean)
function hasWords(text: string, words: readonly string[]): boolean {
  const searched = text.toLowerCase()
  return words.every((word) => searched.includes(word))
}

/** Whether all words of a text occur in what a camera is called. */
function hasText(text: string, operator: Operator): (camera: StoredCamera) => boolean {
  const words = wordsOf(text)
  // A path is not told to those who are not shown it.
  const withPaths = isAllowed(operator, 'view')
  const textOf = (camera: StoredCamera) => {
    const { input } = camera
    const paths = withPaths ? serverStreamsOf(camera).map((stream) => stream.path) : []
    return [input.name, input.project, input.place, input.notes, input.telephone, ...input.tags, ...paths].join('\n')
  }
  return (camera) => words.length === 0 || hasWords(textOf(camera), words)
}

const longestName = 100
/** `site/cam_01` → `site cam 01`. */
function nameOf(path: string): string {
  const name = path
    .replaceAll(/[/_.~:-]+/g, ' ')
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
  return (name === '' ? path : name).slice(0, longestName)
}
