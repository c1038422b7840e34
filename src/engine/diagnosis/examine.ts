import type { Clock } from '../../clock/clock.ts'
import type { DiagnosisFinding } from '../../shared/diagnosis.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import type { Server } from '../../shared/servers.ts'
import { chainOf, speakTls } from '../http/lookAtTls.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import type { ServerAccess } from '../servers/readings.ts'
import { checkPort, openConnection, resolveName } from './connections.ts'
import { type Door, type DoorAddress, doorsOf } from './doors.ts'
import { askRtspOptions, type RtspMeans } from './rtspSteps.ts'
import { requestInduction } from './srtHandshake.ts'
import { failed, failedWith, passed, type StepResult, type StepRun } from './stepRun.ts'
import { askApi, askWebDoor, isApiAt, type WebMeans } from './webSteps.ts'

/** Time limit of a step, ms. MediaMTX answers a wrong password after up to 4 s. */
export const stepLimitMs = 5_000
const apiLimitMs = 6_000
const dayMs = 86_400_000
const soonDays = 14

/** What the steps of a diagnosis share. */
export interface Examination {
  readonly run: StepRun
  readonly clock: Clock
  readonly web: WebMeans
  readonly rtsp: RtspMeans
  readonly doors: readonly Door[]
}

interface ExaminationDeps {
  readonly run: StepRun
  readonly clock: Clock
  readonly server: Pick<Server, 'url' | 'addressesGiven' | 'cautions'>
  /** The global configuration; empty: never read. */
  readonly global: Readonly<Record<string, unknown>>
  readonly access: ServerAccess
  readonly tag: string
  readonly userAgent: string
}

export function createExamination({ run, clock, server, global, access, tag, userAgent }: ExaminationDeps): Examination {
  const { url, authorization, fingerprint, gate = null } = access
  return {
    run,
    clock,
    web: { clock, userAgent, tag, url, authorization, fingerprint, gate },
    rtsp: { clock, userAgent, fingerprint },
    doors: doorsOf(server, global),
  }
}

/** A reachable listener with its address. */
interface Reached {
  readonly door: Door['door']
  readonly at: DoorAddress
}
/** Results of the steps on a server that those on its streams need. */
export interface ServerExamined {
  /** Usable listeners: reachable, trusted, and speaking the expected protocol. */
  readonly open: ReadonlyMap<Door['door'], DoorAddress>
  readonly api: 'answers' | 'refuses' | 'silent'
}

/** Runs all steps on a server. Ports come first: whatever needs an unreachable one is skipped. */
export async function examineServer(examination: Examination): Promise<ServerExamined> {
  const { run, doors } = examination
  const hosts = [...new Set(doors.flatMap(({ at }) => at?.host ?? []))]
  const names = await Promise.all(hosts.map((host) => run.attempt({ step: 'name', address: host }, stepLimitMs, (signal) => resolveName(host, signal))))
  const known = new Set(hosts.filter((_, place) => names[place]?.outcome === 'ok'))

  const tried = await Promise.all(doors.map((door) => checkDoor(examination, door, known)))
  const reached = tried.filter((door) => door !== null)
  const trusted = (await Promise.all(reached.map((door) => checkCertificate(examination, door)))).filter((door) => door !== null)

  const apiDoor = doors.find(({ door }) => door === 'api')
  const api = apiDoor?.at ? await checkApi(examination, apiDoor.at, trusted) : 'silent'
  const speaking = await Promise.all(trusted.map((door) => checkProtocol(examination, door)))
  return { open: new Map(speaking.flatMap((one) => (one === null ? [] : [[one.door, one.at] as const]))), api }
}

async function checkDoor({ run, clock }: Examination, one: Door, known: ReadonlySet<string>): Promise<Reached | null> {
  const { door, at, same, isAssumed, setting, bound } = one
  const step = door === 'srt' ? 'srtHandshake' : 'port'
  if (same !== undefined) {
    run.note({ step, door, address: same.at }, failedWith(same))
    return null
  }
  if (at === null) {
    run.note({ step, door }, { outcome: 'skipped', found: { kind: 'switchedOff', setting } })
    return null
  }
  const about = { step, door, address: hostAndPort(at) } as const
  if (!known.has(at.host)) {
    run.skip(about, 'notResolved')
    return null
  }
  const finding = await run.attempt(about, stepLimitMs, async (signal) => {
    const found = door === 'srt' ? await requestInduction(at, clock, signal) : await checkPort(at, signal)
    if (found.outcome !== 'failed') return found
    // Many servers have listeners disabled, so an unreachable default port is no fault.
    if (isAssumed) return { outcome: 'warning', found: { kind: 'maybeOff', setting } }
    return bound === null ? found : failed({ kind: 'loopbackOnly', setting, bound })
  })
  return finding.outcome === 'ok' ? { door, at } : null
}

async function checkCertificate({ run, clock, web: { fingerprint } }: Examination, reached: Reached): Promise<Reached | null> {
  const { door, at } = reached
  if (!at.encrypted) return reached
  const { outcome } = await run.attempt({ step: 'certificate', door, address: hostAndPort(at) }, stepLimitMs, (signal) =>
    readCertificate(at, fingerprint, clock, signal),
  )
  return outcome === 'failed' || outcome === 'skipped' ? null : reached
}

async function readCertificate(at: DoorAddress, fingerprint: string | null, clock: Clock, signal: AbortSignal): Promise<StepResult> {
  try {
    using opened = new DisposableStack()
    const socket = await openConnection(at, signal)
    opened.defer(() => void socket.destroy())
    const secure = await speakTls(socket, at.host, fingerprint, signal)
    opened.defer(() => void secure.destroy())
    const { names, issuer, validTo, chain, error } = chainOf(secure, fingerprint, clock.now())
    if (error !== null) return failedWith(error)
    const days = Math.floor((Date.parse(validTo) - clock.now()) / dayMs)
    const daysLeft = days < soonDays ? days : null
    return {
      outcome: daysLeft === null ? 'ok' : 'warning',
      found: { kind: 'certificate', names, issuer, validTo, chain, pinned: fingerprint !== null, daysLeft },
    }
  } catch (error) {
    return failedWith(failureToServerError(error, { dialling: false, answering: false, receivedBytes: 0 }))
  }
}

const usualApiPort = 9997

async function checkApi({ run, web }: Examination, at: DoorAddress, trusted: readonly Reached[]): Promise<ServerExamined['api']> {
  const about = { step: 'api', door: 'api', address: hostAndPort(at) } as const
  const isOpen = trusted.some(({ door }) => door === 'api')
  const elsewhere = `${at.encrypted ? 'https' : 'http'}://${hostAndPort({ host: at.host, port: usualApiPort })}`
  const isThere = async (signal: AbortSignal) => at.port !== usualApiPort && (await isApiAt(web, elsewhere, signal))
  if (!isOpen && at.port === usualApiPort) {
    run.skip(about, 'portClosed')
    return 'silent'
  }
  const { outcome, found } = await run.attempt(about, apiLimitMs, async (signal) => {
    if (!isOpen)
      return (await isThere(signal))
        ? failed({ kind: 'apiElsewhere', error: { kind: 'unreachable', reason: 'refused' }, api: elsewhere })
        : { outcome: 'skipped', found: { kind: 'notTried', because: 'portClosed' } }
    const answer = await askApi(web, signal)
    if (answer.ok) return passed({ kind: 'apiAnswers', version: answer.value.version })
    const { error } = answer
    const isNotIt = error.kind === 'noApiHere' || error.kind === 'notMediaMtx' || error.kind === 'redirected'
    return isNotIt && (await isThere(signal)) ? failed({ kind: 'apiElsewhere', error, api: elsewhere }) : failedWith(error)
  })
  if (outcome === 'ok') return 'answers'
  return found.kind === 'failed' && (found.error.kind === 'unauthorized' || found.error.kind === 'forbidden') ? 'refuses' : 'silent'
}

const webDoors: ReadonlySet<Door['door']> = new Set(['hls', 'webrtc', 'playback', 'metrics'])

/** null: it does not speak the expected protocol. */
async function checkProtocol({ run, web, rtsp }: Examination, reached: Reached): Promise<Reached | null> {
  const { door, at } = reached
  const about = { door, address: hostAndPort(at) }
  let finding: DiagnosisFinding | null = null
  if (door === 'rtsp' || door === 'rtsps')
    finding = await run.attempt({ step: 'rtspOptions', ...about }, stepLimitMs, (signal) => askRtspOptions(rtsp, at, signal))
  else if (webDoors.has(door)) finding = await run.attempt({ step: 'web', ...about }, stepLimitMs, (signal) => askWebDoor(web, at, signal))
  return finding === null || finding.outcome === 'ok' ? reached : null
}
