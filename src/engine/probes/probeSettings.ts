import { contentWatchOf } from '../../shared/probeContent.ts'
import { learnContract } from '../../shared/probeContracts.ts'
import { mostProbes } from '../../shared/probeIds.ts'
import type { Probe, ProbeChange, ProbeInput } from '../../shared/probes.ts'
import { redactUrl, secretMark } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { StoredRow } from '../watching/watchedRows.ts'
import { createLastBitrates } from './lastBitrates.ts'
import { createLastingContent } from './lastingContent.ts'
import { canRead, readProbe } from './probeReads.ts'
import { changed, hasSecrets, type ProbeChangeError, type ProbeSettings, type ProbesState, shown, type WatchedProbe, type YamlProbe } from './probesState.ts'
import { newConnection } from './srtFigures.ts'

const settingsOf = ({ name: _, url, ...rest }: ProbeInput & Pick<YamlProbe, 'canary'>): WatchedProbe['settings'] => ({ ...rest, url: redactUrl(url) })

/** Whether a sender calls this address: it is read continuously only, because a look that closes it would end the sender. */
export function awaitsCaller(address: string | null): boolean {
  return address !== null && /^srt:[^#]*[?&]mode=listener(?:[&#]|$)/i.test(address)
}
const readAs = (settings: WatchedProbe['settings'], address: string | null): WatchedProbe['settings'] =>
  awaitsCaller(address) ? { ...settings, mode: 'continuous' } : settings

/** Whether an entered address has a hidden password, which would be taken for a password of three asterisks. `stored`: the probe for which it was entered. */
export function hidesSecrets(address: string, stored?: WatchedProbe) {
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

export function watchStored(probes: ProbesState, { id, name, sealedSecret }: StoredRow<ProbeSettings>, settings: ProbeSettings): void {
  const address = sealedSecret === null ? settings.url : (probes.box?.open(sealedSecret, id) ?? null)
  begin(probes, watch(probes, { id, name, origin: 'stored', settings, address }))
}

export function watchYaml(probes: ProbesState, id: string, input: YamlProbe): void {
  begin(probes, watch(probes, { id, name: input.name, origin: 'yaml', settings: settingsOf({ ...input, paused: false }), address: input.url }))
}

/** Applies the configuration file to a probe that it already contained. Returns false if nothing changed. */
export function updateFromYaml(probes: ProbesState, probe: WatchedProbe, input: YamlProbe): boolean {
  return change(probes, probe, input.name, settingsOf({ ...input, paused: false }), input.url)
}

/** Starts reading a probe, unless it is paused. */
export function begin(probes: ProbesState, probe: WatchedProbe): void {
  const { clock, list } = probes
  probe.stop = list.newStop()
  probe.refusals = 0
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

/** Stores several probes, whose names must be free. They are not read yet. */
export function storeProbes(probes: ProbesState, inputs: readonly ProbeInput[]): WatchedProbe[] {
  const ids = probes.list.storeAll(inputs.map((input) => ({ name: input.name, settings: settingsOf(input), seal: (id) => sealed(probes, input.url, id) })))
  return inputs.map((input, place) =>
    watch(probes, { id: ids[place] as string, name: input.name, origin: 'stored', settings: settingsOf(input), address: input.url }),
  )
}

export function addProbe(probes: ProbesState, input: ProbeInput): Result<Probe, ProbeChangeError> {
  if (hidesSecrets(input.url)) return err('SECRETS_HIDDEN')
  if (probes.list.isNameTaken(input.name)) return err('NAME_TAKEN')
  if (probes.list.byId.size >= mostProbes) return err('TOO_MANY')
  if (probes.box === null && hasSecrets(input.url)) return err('KEY_UNAVAILABLE')
  const [probe] = storeProbes(probes, [input]) as [WatchedProbe]
  begin(probes, probe)
  return ok(shown(probes, probe))
}

export function updateProbe(probes: ProbesState, id: string, { name, url, ...given }: ProbeChange): Result<Probe, ProbeChangeError> {
  const { rows, box } = probes
  const found = editable(probes, id, name)
  if (!found.ok) return found
  const probe = found.value
  if (url !== undefined && hidesSecrets(url, probe)) return err('SECRETS_HIDDEN')
  // Entered as it is shown, with its secrets hidden: they are kept.
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
  // A secret that can't be decrypted is kept as it is.
  const kept = address === null ? (rows.all().find((row) => row.id === id)?.sealedSecret ?? null) : sealed(probes, address, id)
  rows.update({ id, name: name ?? probe.name, settings: next, sealedSecret: kept })
  change(probes, probe, name ?? probe.name, next, address)
  return ok(shown(probes, probe))
}

export function removeProbe(probes: ProbesState, id: string): Result<null, ProbeChangeError> {
  const found = editable(probes, id)
  if (!found.ok) return found
  const removed = probes.list.remove(id)
  return removed.ok ? ok(null) : removed
}

/** Makes its last reading its contract. */
export function agreeOnReading(probes: ProbesState, id: string): Result<Probe, ProbeChangeError | 'NOT_READ'> {
  const found = editable(probes, id)
  if (!found.ok) return found
  const { reading } = found.value
  return reading === null ? err('NOT_READ') : updateProbe(probes, id, { contract: learnContract(reading) })
}
