import { createSemaphore } from '../../clock/semaphore.ts'
import { ipOf } from '../../shared/ipAddresses.ts'
import type { Evidence, MediaError } from '../../shared/media.ts'
import { type ContentSettings, contentWatchOf } from '../../shared/probeContent.ts'
import { learnContract } from '../../shared/probeGrades.ts'
import { mostProbes } from '../../shared/probeIds.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import {
  type ImportedProbes,
  type Probe,
  type ProbeChange,
  type ProbeInput,
  type ProbeStatus,
  probeSettingsSchema,
  type TestedProbe,
} from '../../shared/probes.ts'
import { redactUrl, secretMark } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'
import { withoutUndefined } from '../../shared/withoutUndefined.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import { storedJson } from '../storage/storedJson.ts'
import { createWatchList } from '../watching/watchList.ts'
import { readProbeList } from './probeList.ts'
import { canRead, readProbe, requestOf } from './probeReads.ts'
import {
  changed,
  createLastBitrates,
  createLastingContent,
  hasSecrets,
  newConnection,
  noProcess,
  type ProbeChangeError,
  type ProbeSettings,
  type ProbesDeps,
  type ProbesState,
  shown,
  type TurnSettings,
  type WatchedProbe,
  type YamlProbe,
} from './probesState.ts'

const settingsOf = ({ name: _, url, ...rest }: ProbeInput & Pick<YamlProbe, 'canary'>): WatchedProbe['settings'] => ({ ...rest, url: redactUrl(url) })

/** Whether a sender calls this address: it is read continuously only, because a look that closes it would end the sender. */
export function awaitsCaller(address: string | null): boolean {
  return address !== null && /^srt:[^#]*[?&]mode=listener(?:[&#]|$)/i.test(address)
}
const readAs = (settings: WatchedProbe['settings'], address: string | null): WatchedProbe['settings'] =>
  awaitsCaller(address) ? { ...settings, mode: 'continuous' } : settings

/** Whether an entered address has a hidden password, which would be taken for a password of three asterisks. `stored`: the probe for which it was entered. */
function hidesSecrets(address: string, stored?: WatchedProbe) {
  return address.includes(secretMark) && address !== stored?.settings.url
}
const sealed = ({ box }: ProbesState, address: string, id: string) => (hasSecrets(address) ? (box?.seal(address, id) ?? null) : null)

/** Adds a probe to the watched ones, without reading it yet. */
function watch(probes: ProbesState, of: Pick<WatchedProbe, 'id' | 'name' | 'origin' | 'settings' | 'address'>): WatchedProbe {
  const probe: WatchedProbe = {
    ...of,
    settings: readAs(of.settings, of.address),
    state: 'connecting',
    stateSince: probes.clock.now(),
    why: null,
    outage: null,
    reading: null,
    readAt: null,
    picture: null,
    nextAt: null,
    dueSince: null,
    reads: 0,
    refusals: 0,
    srt: newConnection(0),
    bitrates: createLastBitrates(),
    lasting: createLastingContent(),
    evidence: { of: new Set(), at: 0, today: 0 },
    described: '',
    stop: new AbortController(),
    hurry: () => {},
  }
  probes.list.add(probe)
  probes.addresses.add(probe.id, () => ({ id: probe.id, url: probe.address ?? probe.settings.url, canary: probe.settings.canary ?? null }))
  return probe
}

function begin(probes: ProbesState, probe: WatchedProbe): void {
  const { clock, list } = probes
  probe.stop = list.newStop()
  probe.refusals = 0
  probe.nextAt = null
  const isPaused = probe.settings.paused
  if (isPaused !== (probe.state === 'paused')) {
    probe.state = isPaused ? 'paused' : 'connecting'
    probe.stateSince = clock.now()
  }
  probe.why = null
  changed(probes, probe)
  if (isPaused) probes.gap(probe.id, clock.now())
  else if (canRead(probes)) list.addLoop(readProbe(probes, probe, !probes.isRestored), probe.id)
}

/** Applies new settings. Returns false if nothing changed. */
function change(probes: ProbesState, probe: WatchedProbe, name: string, given: WatchedProbe['settings'], address: string | null): boolean {
  const next = readAs(given, address)
  const isOther = probe.address !== address
  if (!isOther && name === probe.name && JSON.stringify(next) === JSON.stringify(probe.settings)) return false
  probe.stop.abort()
  if (isOther || next.paused || JSON.stringify(contentWatchOf(next)) !== JSON.stringify(contentWatchOf(probe.settings))) probe.lasting.clear()
  probe.name = name
  probe.settings = next
  probe.address = address
  if (isOther) {
    probe.reading = null
    probe.readAt = null
    probe.bitrates.clear()
    if (probe.state !== 'paused') {
      probe.state = 'connecting'
      probe.stateSince = probes.clock.now()
    }
    probes.gap(probe.id, probes.clock.now())
  }
  begin(probes, probe)
  return true
}

const editable = ({ list }: ProbesState, id: string, newName?: string): Result<WatchedProbe, ProbeChangeError> =>
  list.byId.get(id)?.settings.canary == null ? list.editable(id, newName) : err('OF_CANARY')

function storeProbes(probes: ProbesState, inputs: readonly ProbeInput[]): WatchedProbe[] {
  const ids = probes.list.storeAll(inputs.map((input) => ({ name: input.name, settings: settingsOf(input), seal: (id) => sealed(probes, input.url, id) })))
  return inputs.map((input, place) =>
    watch(probes, { id: ids[place] as string, name: input.name, origin: 'stored', settings: settingsOf(input), address: input.url }),
  )
}

function addProbe(probes: ProbesState, input: ProbeInput): Result<Probe, ProbeChangeError> {
  if (hidesSecrets(input.url)) return err('SECRETS_HIDDEN')
  if (probes.list.isNameTaken(input.name)) return err('NAME_TAKEN')
  if (probes.list.byId.size >= mostProbes) return err('TOO_MANY')
  if (probes.box === null && hasSecrets(input.url)) return err('KEY_UNAVAILABLE')
  const [probe] = storeProbes(probes, [input]) as [WatchedProbe]
  begin(probes, probe)
  return ok(shown(probes, probe))
}

function updateProbe(probes: ProbesState, id: string, { name, url, ...given }: ProbeChange): Result<Probe, ProbeChangeError> {
  const { rows, box } = probes
  const found = editable(probes, id, name)
  if (!found.ok) return found
  const probe = found.value
  if (url !== undefined && hidesSecrets(url, probe)) return err('SECRETS_HIDDEN')
  // Entered as it is shown, with its secrets hidden: they are kept.
  const address = url === undefined || url === probe.settings.url ? probe.address : url
  const shownUrl = url === undefined ? probe.settings.url : redactUrl(url)
  if (box === null && address !== null && address !== probe.address && hasSecrets(address)) return err('KEY_UNAVAILABLE')
  const next: ProbeSettings = { ...probe.settings, ...withoutUndefined(given), url: shownUrl }
  // A secret that can't be decrypted is kept as it is.
  const kept = address === null ? (rows.all().find((row) => row.id === id)?.sealedSecret ?? null) : sealed(probes, address, id)
  rows.update({ id, name: name ?? probe.name, settings: next, sealedSecret: kept })
  change(probes, probe, name ?? probe.name, next, address)
  return ok(shown(probes, probe))
}

interface ImportInput {
  readonly csv: string
  /** Whether addresses of this machine may be added. */
  readonly allowsThisMachine: boolean
}

/** Adds the probes of a CSV list and changes those whose names already exist: all of them, or none if the list has a mistake. */
function importProbes(probes: ProbesState, { csv, allowsThisMachine }: ImportInput): Result<ImportedProbes, ProbeChangeError> {
  const { list, box, rows } = probes
  const byName = new Map(list.all().map((probe) => [probe.name.toLowerCase(), probe]))
  const wrongWithAddress = (name: string, url: string): ValidationError | null => {
    const stored = byName.get(name)
    if (hidesSecrets(url, stored)) return { kind: 'secretsHidden' }
    // An unchanged stored address needs no permission.
    return allowsThisMachine || stored?.settings.url === url || !isThisMachine(url) ? null : { kind: 'addressOfThisMachine' }
  }
  const { inputs, columns, validationErrors } = readProbeList(csv, (name) => byName.get(name)?.origin === 'yaml', wrongWithAddress)
  if (validationErrors.length > 0) return ok({ added: 0, changed: 0, validationErrors })
  const known = inputs.map((input) => ({ input, id: byName.get(input.name.toLowerCase())?.id ?? null }))
  const added = known.flatMap(({ input, id }) => (id === null ? [input] : []))
  const changed = known.flatMap(({ input, id }) => (id === null ? [] : [{ input, id }]))
  if (list.byId.size + added.length > mostProbes) return err('TOO_MANY')
  if (box === null && inputs.some(({ url }) => hasSecrets(url))) return err('KEY_UNAVAILABLE')
  rows.inOne(() => {
    for (const probe of storeProbes(probes, added)) begin(probes, probe)
    // Settings without a column in the list stay unchanged.
    for (const { input, id } of changed)
      updateProbe(probes, id, Object.fromEntries(columns.flatMap((column) => (column === 'name' ? [] : [[column, input[column]]]))))
  })
  return ok({ added: added.length, changed: changed.length, validationErrors: [] })
}

/**
 * Whether a stream's address names this machine, however its host is written: in decimal, octal or hexadecimal, as IPv4 in IPv6, with a dot at its
 * end. Names are not looked up, and other addresses of this machine's network cards are not known.
 */
function isThisMachine(address: string): boolean {
  // URL writes the hosts of http in one way only, and leaves those of rtsp or srt as they stand.
  const ofHttp = address.replace(/^[a-z]+:/i, 'http:')
  if (!URL.canParse(ofHttp)) return false
  const host = new URL(ofHttp).hostname.replace(/^\[|\]$|\.$/g, '')
  const range = ipOf(host)?.range()
  return range === undefined ? host === 'localhost' || host.endsWith('.localhost') : range === 'loopback' || range === 'unspecified'
}

export type { ProbeChangeError, YamlProbe } from './probesState.ts'

const settingsKey = 'probes'

/** Streams that are measured by their addresses, whether or not a watched server has them. */
export function createProbes(deps: ProbesDeps, yamlProbes: readonly YamlProbe[]) {
  const { clock, media } = deps
  const list = createWatchList<WatchedProbe, WatchedProbe['settings'], YamlProbe, Probe>({
    ...deps,
    noun: 'probe',
    shown: (probe) => shown(probes, probe),
    watchStored: ({ id, name, sealedSecret }, settings) => {
      const address = sealedSecret === null ? settings.url : (deps.box?.open(sealedSecret, id) ?? null)
      begin(probes, watch(probes, { id, name, origin: 'stored', settings, address }))
    },
    watchYaml: (id, input) =>
      begin(probes, watch(probes, { id, name: input.name, origin: 'yaml', settings: settingsOf({ ...input, paused: false }), address: input.url })),
    updateFromYaml: (probe, input) => change(probes, probe, input.name, settingsOf({ ...input, paused: false }), input.url),
    unwatched: ({ id }) => {
      const at = clock.now()
      deps.addresses.delete(id)
      deps.describe(id, at, null)
      deps.gap(id, at)
      deps.forget(id)
    },
  })
  const probes: ProbesState = {
    ...deps,
    list,
    turns: createSemaphore(() => probes.settings.atOnce),
    settings: probeSettingsSchema.safeParse(storedJson(deps.kept.read(settingsKey))).data ?? probeSettingsSchema.parse({}),
    noTools: null,
    isRestored: false,
  }
  list.restore(yamlProbes)
  for (const probe of deps.bundled ?? []) {
    deps.members.add(probe.id, () => probe)
    deps.addresses.add(probe.id, () => probe)
  }
  probes.isRestored = true

  const why = (): MediaError | null => (media === null ? noProcess : probes.noTools)
  const status = (): ProbeStatus => {
    const now = clock.monotonic()
    const watched = list.all()
    const isLate = ({ dueSince, settings: { intervalSeconds } }: WatchedProbe) => dueSince !== null && now - dueSince > intervalSeconds * 500
    return {
      settings: probes.settings,
      why: why(),
      probes: watched.length,
      reading: watched.filter(({ reads }) => reads > 0).length,
      late: watched.filter(isLate).length,
    }
  }

  return {
    all: deps.members.all,
    /** The addresses that all probes read, with their secrets. */
    addresses: deps.addresses.all,
    /** Id of the probe with this name that reads a canary back; null: there is none. */
    idOfCanary: (name: string): string | null => list.all().find((probe) => (probe.settings.canary ?? null) !== null && probe.name === name)?.id ?? null,
    get: deps.members.get,
    add: (input: ProbeInput): Result<Probe, ProbeChangeError> => addProbe(probes, input),
    update: (id: string, change: ProbeChange): Result<Probe, ProbeChangeError> => updateProbe(probes, id, change),
    remove: (id: string): Result<WatchedProbe, ProbeChangeError> => {
      const found = editable(probes, id)
      return found.ok ? list.remove(id) : found
    },
    /** Makes its last reading its contract. */
    agree: (id: string): Result<Probe, ProbeChangeError | 'NOT_READ'> => {
      const found = editable(probes, id)
      if (!found.ok) return found
      const { reading } = found.value
      return reading === null ? err('NOT_READ') : updateProbe(probes, id, { contract: learnContract(reading) })
    },
    readNow: (id: string): Probe | null => {
      const probe = list.byId.get(id)
      if (probe === undefined) return null
      probe.refusals = 0
      probe.hurry()
      return shown(probes, probe)
    },
    test: (input: TestInput, signal?: AbortSignal): Promise<Result<TestedProbe, 'SECRETS_HIDDEN'>> => testProbe(probes, input, signal),
    /** The picture of its last reading; null: it found nothing wrong with what is shown. */
    pictureOf: (id: string): Evidence | null => list.byId.get(id)?.picture ?? null,
    importList: (input: ImportInput): Result<ImportedProbes, ProbeChangeError> => importProbes(probes, input),
    status,
    /** Why no probe can be read; null: they can, or all are paused. */
    cannotRead: (): MediaError | null => (list.all().some(({ settings: { paused } }) => !paused) ? why() : null),
    keep: (next: TurnSettings): ProbeStatus => {
      deps.kept.write(settingsKey, JSON.stringify(next))
      probes.settings = next
      probes.turns.wake()
      return status()
    },
    applyYaml: list.applyYaml,
    settled: list.settled,
    /** Resolves when all loops have ended after the signal. */
    ended: list.ended,
  }
}
export type Probes = ReturnType<typeof createProbes>

/** An address to test by reading it once. `id`: the probe for which it was entered. */
interface TestInput extends ContentSettings {
  readonly url: string
  readonly lookSeconds: number
  readonly id?: string | undefined
}

/** Reads an entered address once, and stores nothing. */
async function testProbe(probes: ProbesState, { url, id, ...settings }: TestInput, signal?: AbortSignal): Promise<Result<TestedProbe, 'SECRETS_HIDDEN'>> {
  const { media, list } = probes
  const known = id === undefined ? undefined : list.byId.get(id)
  if (hidesSecrets(url, known)) return err('SECRETS_HIDDEN')
  if (media === null) return ok({ reading: null, why: noProcess })
  const address = known !== undefined && url === known.settings.url ? known.address : url
  if (address === null) return ok({ reading: null, why: { kind: 'addressUnreadable' } })
  if (awaitsCaller(address)) return ok({ reading: null, why: { kind: 'refusedAddress', because: 'awaitsCaller' } })
  const readings: ProbeReading[] = []
  const limited = signal ? AbortSignal.any([probes.signal, signal]) : probes.signal
  const why = await list.track(media.probe(requestOf(probes, address, settings, false), (found) => readings.push(found), limited))
  const reading = readings[0] ?? null
  return ok({ reading, why: reading === null ? why : null })
}

export function probesRouter(
  probes: Probes,
  probedStreams: () => ReadonlyMap<string, { readonly serverId: string; readonly path: string }>,
  evidence: Snapshots['evidence'],
) {
  return {
    list: api.probes.list.handler(() => [...probes.all()]),
    streams: api.probes.streams.handler(() => Array.from(probedStreams(), ([probeId, { serverId, path }]) => ({ probeId, serverId, path }))),
    get: api.probes.get.handler(({ input, errors }) => orNotFound(probes.get(input.id), errors)),
    add: api.probes.add.handler(({ input, errors }) => orRefused(probes.add(input), errors)),
    update: api.probes.update.handler(({ input, errors }) => orRefused(probes.update(input.id, input.change), errors)),
    remove: api.probes.remove.handler(({ input, errors }) => {
      orRefused(probes.remove(input.id), errors)
    }),
    agree: api.probes.agree.handler(({ input, errors }) => orRefused(probes.agree(input.id), errors)),
    readNow: api.probes.readNow.handler(({ input, errors }) => orNotFound(probes.readNow(input.id), errors)),
    test: api.probes.test.handler(async ({ input, errors, signal }) => orRefused(await probes.test(input, signal), errors)),
    import: api.probes.import.handler(({ input, errors }) => orRefused(probes.importList(input), errors)),
    evidence: api.probes.evidence.handler(({ input: { id, from = 0, to = Number.MAX_SAFE_INTEGER } }) => evidence({ id, from, to })),
    status: api.probes.status.handler(() => probes.status()),
    keep: api.probes.keep.handler(({ input }) => probes.keep(input)),
  }
}
