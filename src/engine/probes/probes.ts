import { createSemaphore } from '../../clock/semaphore.ts'
import type { Evidence, MediaError } from '../../shared/media.ts'
import type { Mistake } from '../../shared/mistakes.ts'
import { type ContentSettings, type ContentWatch, contentWatchOf } from '../../shared/probeContent.ts'
import { differencesOf, learnContract } from '../../shared/probeContracts.ts'
import { gradeOf, gradeReasonsOf } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import {
  type ImportedProbes,
  mostProbes,
  type Probe,
  type ProbeChange,
  type ProbeInput,
  type ProbeStatus,
  probeSettingsSchema,
  type TestedProbe,
} from '../../shared/probes.ts'
import { redactUrl, secretMark } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { storedJson } from '../storage/storedJson.ts'
import { createWatchList, type WatchChangeError, type YamlChange } from '../watching/watchList.ts'
import { isThisMachine } from './isThisMachine.ts'
import { createLastBitrates } from './lastBitrates.ts'
import { createLastingContent } from './lastingContent.ts'
import { readProbeList } from './probeList.ts'
import { type ReadsDeps, readProbe, requestOf } from './probeReads.ts'
import type { ProbeSettings, ProbesDeps, TurnSettings, WatchedProbe, YamlProbe } from './probesState.ts'

export type { YamlProbe } from './probesState.ts'
export type ProbeChangeError = WatchChangeError | 'OF_CANARY' | 'TOO_MANY' | 'KEY_UNAVAILABLE' | 'SECRETS_HIDDEN'
/** Streams that are measured by their addresses, whether or not a watched server has them. */
export interface Probes {
  readonly all: () => readonly Probe[]
  /** Of the probe that reads a canary back under this name; null: there is none. */
  readonly idOfCanary: (name: string) => string | null
  readonly get: (id: string) => Probe | null
  readonly add: (input: ProbeInput) => Result<Probe, ProbeChangeError>
  readonly update: (id: string, change: ProbeChange) => Result<Probe, ProbeChangeError>
  readonly remove: (id: string) => Result<null, ProbeChangeError>
  /** What its last reading has is agreed from now on. */
  readonly agree: (id: string) => Result<Probe, ProbeChangeError | 'NOT_READ'>
  readonly readNow: (id: string) => Probe | null
  readonly test: (
    input: ContentSettings & { readonly url: string; readonly lookSeconds: number; readonly id?: string | undefined },
    signal?: AbortSignal,
  ) => Promise<Result<TestedProbe, 'SECRETS_HIDDEN'>>
  /** Reads it once beside its turns, and gives its last picture; null: there is no such probe. */
  readonly look: (
    id: string,
    how: { readonly lookMs: number; readonly content: (probe: ContentSettings) => ContentWatch; readonly signal: AbortSignal },
  ) => Promise<Result<{ readonly reading: ProbeReading; readonly picture: Evidence | null }, MediaError> | null>
  readonly importList: (input: { readonly csv: string; readonly allowsThisMachine: boolean }) => Result<ImportedProbes, ProbeChangeError>
  readonly status: () => ProbeStatus
  /** Why no probe can be read; null: they can, or all are paused. */
  readonly cannotRead: () => MediaError | null
  readonly keep: (settings: TurnSettings) => ProbeStatus
  readonly applyYaml: (inputs: readonly YamlProbe[]) => YamlChange
  /** Resolves when nothing is being read. */
  readonly settled: () => Promise<void>
  /** Resolves when all loops have ended after the signal. */
  readonly ended: () => Promise<void>
}

const settingsKey = 'probes'

const hasSecrets = (address: string) => redactUrl(address) !== address
/** Taken as it stands, it would be a password of three asterisks. `stored`: the probe that it is entered for. */
const hidesSecrets = (address: string, stored?: WatchedProbe) => address.includes(secretMark) && address !== stored?.settings.url
const settingsOf = ({ name: _, url, ...rest }: ProbeInput & Pick<YamlProbe, 'canary'>): WatchedProbe['settings'] => ({ ...rest, url: redactUrl(url) })

export function createProbes(deps: ProbesDeps, yamlProbes: readonly YamlProbe[]): Probes {
  const { clock, rows, box, media } = deps
  let settings = probeSettingsSchema.safeParse(storedJson(deps.kept.read(settingsKey))).data ?? probeSettingsSchema.parse({})
  const turns = createSemaphore(() => settings.atOnce)
  let noTools: MediaError | null = null
  let isRestored = false

  const list = createWatchList<WatchedProbe, WatchedProbe['settings'], YamlProbe>({
    ...deps,
    noun: 'probe',
    watchStored: ({ id, name, sealedSecret }, stored) => {
      const address = sealedSecret === null ? stored.url : (box?.open(sealedSecret, id) ?? null)
      begin(watch({ id, name, origin: 'stored', settings: stored, address }))
    },
    watchYaml: (id, input) => begin(watch({ id, name: input.name, origin: 'yaml', settings: settingsOf({ ...input, paused: false }), address: input.url })),
    updateFromYaml: (probe, input) => change(probe, input.name, settingsOf({ ...input, paused: false }), input.url),
    unwatched: ({ id }) => {
      const at = clock.now()
      deps.describe(id, at, null)
      deps.gap(id, at)
      deps.forget(id)
    },
  })
  const reads = (port: NonNullable<typeof media>): ReadsDeps => ({
    ...deps,
    media: port,
    turns,
    track: list.track,
    onTools: (why) => {
      noTools = why
    },
    onChange: describe,
  })

  function watch(of: Pick<WatchedProbe, 'id' | 'name' | 'origin' | 'settings' | 'address'>): WatchedProbe {
    const probe: WatchedProbe = {
      ...of,
      state: 'connecting',
      stateSince: clock.now(),
      why: null,
      reading: null,
      readAt: null,
      nextAt: null,
      dueSince: null,
      reads: 0,
      refusals: 0,
      bitrates: createLastBitrates(),
      lasting: createLastingContent(),
      evidence: { of: new Set(), at: 0, today: 0 },
      described: '',
      stop: new AbortController(),
      hurry: () => {},
    }
    list.byId.set(probe.id, probe)
    return probe
  }
  /** Sends history what samples can't hold, if it has changed. */
  function describe(probe: WatchedProbe): void {
    const { id, name, settings, state, stateSince, why } = probe
    const facts = { name, url: settings.url, project: settings.project, state, stateSince, why }
    const mark = JSON.stringify(facts)
    if (mark === probe.described) return
    probe.described = mark
    deps.describe(id, clock.now(), facts)
  }
  function begin(probe: WatchedProbe): void {
    probe.stop = list.newStop()
    probe.refusals = 0
    const isPaused = probe.settings.paused
    if (isPaused !== (probe.state === 'paused')) {
      probe.state = isPaused ? 'paused' : 'connecting'
      probe.stateSince = clock.now()
    }
    probe.why = null
    describe(probe)
    if (isPaused) deps.gap(probe.id, clock.now())
    else if (media !== null) list.addLoop(readProbe(reads(media), probe, !isRestored), probe.id)
  }
  /** false: nothing changed. */
  function change(probe: WatchedProbe, name: string, next: WatchedProbe['settings'], address: string | null): boolean {
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
        probe.stateSince = clock.now()
      }
      deps.gap(probe.id, clock.now())
    }
    begin(probe)
    return true
  }
  const editable = (id: string, newName?: string): Result<WatchedProbe, ProbeChangeError> =>
    list.byId.get(id)?.settings.canary == null ? list.editable(id, newName) : err('OF_CANARY')
  const sealed = (address: string, id: string) => (hasSecrets(address) ? (box?.seal(address, id) ?? null) : null)
  const add = (input: ProbeInput): Result<Probe, ProbeChangeError> => {
    if (hidesSecrets(input.url)) return err('SECRETS_HIDDEN')
    if (list.isNameTaken(input.name)) return err('NAME_TAKEN')
    if (list.byId.size >= mostProbes) return err('TOO_MANY')
    if (box === null && hasSecrets(input.url)) return err('KEY_UNAVAILABLE')
    const [probe] = store([input]) as [WatchedProbe]
    begin(probe)
    return ok(shown(probe))
  }
  /** Many at once, whose names are known to be free. */
  const store = (inputs: readonly ProbeInput[]): WatchedProbe[] => {
    const ids = list.storeAll(inputs.map((input) => ({ name: input.name, settings: settingsOf(input), seal: (id) => sealed(input.url, id) })))
    return inputs.map((input, place) =>
      watch({ id: ids[place] as string, name: input.name, origin: 'stored', settings: settingsOf(input), address: input.url }),
    )
  }
  const update = (id: string, { name, url, ...given }: ProbeChange): Result<Probe, ProbeChangeError> => {
    const found = editable(id, name)
    if (!found.ok) return found
    const probe = found.value
    if (url !== undefined && hidesSecrets(url, probe)) return err('SECRETS_HIDDEN')
    // As it is shown: its secrets stay.
    const address = url === undefined || url === probe.settings.url ? probe.address : url
    const shownUrl = url === undefined ? probe.settings.url : redactUrl(url)
    if (box === null && address !== null && address !== probe.address && hasSecrets(address)) return err('KEY_UNAVAILABLE')
    const { settings: before } = probe
    const next: ProbeSettings = {
      url: shownUrl,
      project: given.project ?? before.project,
      intervalSeconds: given.intervalSeconds ?? before.intervalSeconds,
      mode: given.mode ?? before.mode,
      lookSeconds: given.lookSeconds ?? before.lookSeconds,
      retries: given.retries ?? before.retries,
      paused: given.paused ?? before.paused,
      contract: given.contract === undefined ? before.contract : given.contract,
      profile: given.profile === undefined ? before.profile : given.profile,
      checks: given.checks ?? before.checks,
      thresholds: given.thresholds ?? before.thresholds,
    }
    // What can't be read stays sealed as it is.
    const kept = address === null ? (rows.all().find((row) => row.id === id)?.sealedSecret ?? null) : sealed(address, id)
    rows.update({ id, name: name ?? probe.name, settings: next, sealedSecret: kept })
    change(probe, name ?? probe.name, next, address)
    return ok(shown(probe))
  }

  const shown = (probe: WatchedProbe): Probe => {
    const { id, origin, name, state, stateSince, why, reading, readAt, nextAt } = probe
    const bitrate = probe.bitrates.sum()
    const lasting = probe.lasting.all()
    const isDown = state === 'down'
    const reasons = isDown ? [{ kind: 'down', grade: 'poor' } as const] : reading === null ? [] : gradeReasonsOf(reading, bitrate?.variation ?? null, lasting)
    return {
      id,
      origin,
      name,
      ...probe.settings,
      canary: probe.settings.canary ?? null,
      state,
      stateSince,
      why: media === null ? { kind: 'unavailable', because: 'noProcess' } : why,
      reading,
      differences: reading === null || probe.settings.contract === null ? [] : differencesOf(probe.settings.contract, reading),
      readAt,
      nextAt,
      bitrate,
      lasting,
      elsewhere: deps.elsewhere(name),
      grade: state === 'paused' || (reading === null && !isDown) ? null : gradeOf(reasons),
      gradeReasons: state === 'paused' ? [] : reasons,
      severity: deps.severityOf(id),
    }
  }
  const why = (): MediaError | null => (media === null ? { kind: 'unavailable', because: 'noProcess' } : noTools)
  const status = (): ProbeStatus => {
    const now = clock.monotonic()
    const watched = list.all()
    const isLate = ({ dueSince, settings: { intervalSeconds } }: WatchedProbe) => dueSince !== null && now - dueSince > intervalSeconds * 500
    return {
      settings,
      why: why(),
      probes: watched.length,
      reading: watched.filter(({ reads }) => reads > 0).length,
      late: watched.filter(isLate).length,
    }
  }
  list.restore(yamlProbes)
  isRestored = true

  return {
    all: () => deps.bundled ?? list.all().map(shown),
    idOfCanary: (name) => list.all().find((probe) => (probe.settings.canary ?? null) !== null && probe.name === name)?.id ?? null,
    get: (id) => {
      if (deps.bundled !== null) return deps.bundled.find((probe) => probe.id === id) ?? null
      const probe = list.byId.get(id)
      return probe ? shown(probe) : null
    },
    add,
    update,
    remove: (id) => {
      const found = editable(id)
      if (!found.ok) return found
      const removed = list.remove(id)
      return removed.ok ? ok(null) : removed
    },
    agree: (id) => {
      const found = editable(id)
      if (!found.ok) return found
      const { reading } = found.value
      return reading === null ? err('NOT_READ') : update(id, { contract: learnContract(reading) })
    },
    readNow: (id) => {
      const probe = list.byId.get(id)
      if (probe === undefined) return null
      probe.refusals = 0
      probe.hurry()
      return shown(probe)
    },
    test: async ({ url, id, ...settings }, signal) => {
      const known = id === undefined ? undefined : list.byId.get(id)
      if (hidesSecrets(url, known)) return err('SECRETS_HIDDEN')
      if (media === null) return ok({ reading: null, why: { kind: 'unavailable', because: 'noProcess' } })
      const address = known !== undefined && url === known.settings.url ? known.address : url
      if (address === null) return ok({ reading: null, why: { kind: 'addressUnreadable' } })
      const readings: ProbeReading[] = []
      const limited = signal ? AbortSignal.any([deps.signal, signal]) : deps.signal
      const why = await list.track(media.probe(requestOf(deps, address, settings, false), (found) => readings.push(found), limited))
      const reading = readings[0] ?? null
      return ok({ reading, why: reading === null ? why : null })
    },
    look: async (id, { lookMs, content, signal }) => {
      const probe = list.byId.get(id)
      if (probe === undefined) return null
      if (media === null) return err({ kind: 'unavailable', because: 'noProcess' })
      if (probe.address === null) return err({ kind: 'addressUnreadable' })
      const found: { readonly reading: ProbeReading; readonly picture: Evidence | null }[] = []
      const asked = { ...requestOf(deps, probe.address, { ...probe.settings, lookSeconds: lookMs / 1_000 }, false), content: content(probe.settings) }
      const onReading = (reading: ProbeReading, picture: Evidence | null) => void found.push({ reading, picture })
      const why = await media.probe({ ...asked, wantsPicture: true }, onReading, AbortSignal.any([deps.signal, signal]))
      const [first] = found
      return first === undefined ? err(why ?? { kind: 'undecodable', because: 'endedEarly' }) : ok(first)
    },
    importList: ({ csv, allowsThisMachine }) => {
      const byName = new Map(list.all().map((probe) => [probe.name.toLowerCase(), probe]))
      const wrongWithAddress = (name: string, url: string): Mistake | null => {
        const stored = byName.get(name)
        if (hidesSecrets(url, stored)) return { kind: 'secretsHidden' }
        // As it is already: nobody imports it.
        return allowsThisMachine || stored?.settings.url === url || !isThisMachine(url) ? null : { kind: 'addressOfThisMachine' }
      }
      const { inputs, columns, mistakes } = readProbeList(csv, (name) => byName.get(name)?.origin === 'yaml', wrongWithAddress)
      if (mistakes.length > 0) return ok({ added: 0, changed: 0, mistakes })
      const known = inputs.map((input) => ({ input, id: byName.get(input.name.toLowerCase())?.id ?? null }))
      const added = known.flatMap(({ input, id }) => (id === null ? [input] : []))
      const changed = known.flatMap(({ input, id }) => (id === null ? [] : [{ input, id }]))
      if (list.byId.size + added.length > mostProbes) return err('TOO_MANY')
      if (box === null && inputs.some(({ url }) => hasSecrets(url))) return err('KEY_UNAVAILABLE')
      rows.inOne(() => {
        for (const probe of store(added)) begin(probe)
        // What is no column of the list stays as it is.
        for (const { input, id } of changed) update(id, Object.fromEntries(columns.flatMap((column) => (column === 'name' ? [] : [[column, input[column]]]))))
      })
      return ok({ added: added.length, changed: changed.length, mistakes: [] })
    },
    status,
    cannotRead: () => (list.all().some(({ settings: { paused } }) => !paused) ? why() : null),
    keep: (next) => {
      deps.kept.write(settingsKey, JSON.stringify(next))
      settings = next
      turns.wake()
      return status()
    },
    applyYaml: list.applyYaml,
    settled: list.settled,
    ended: list.ended,
  }
}
