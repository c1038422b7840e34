import { isIP } from 'node:net'
import { hostAndPort } from '../../shared/hostOf.ts'
import { checkPort, readCertificate, resolveName } from './connections.ts'
import { type Endpoint, type EndpointAddress, isWebEndpoint } from './endpoints.ts'
import { askRtspOptions } from './rtsp.ts'
import { requestInduction } from './srtHandshake.ts'
import { failed, failedWith, passed, type StepRun } from './stepRun.ts'
import { askApi, askWebEndpoint, isApiAt, type Means } from './webSteps.ts'

/** Time limit of a step, ms. MediaMTX answers a wrong password after up to 4 s. */
export const stepLimitMs = 5_000
const apiLimitMs = 6_000

/** What the steps of a diagnosis share. */
export interface Examination {
  readonly run: StepRun
  readonly means: Means
  readonly endpoints: readonly Endpoint[]
}

/** A reachable listener with its address. */
interface Reached {
  readonly endpoint: Endpoint['endpoint']
  readonly at: EndpointAddress
}
/** Results of the steps on a server that those on its streams need. */
export interface ServerExamined {
  /** Usable listeners: reachable, trusted, and speaking the expected protocol. */
  readonly open: ReadonlyMap<Endpoint['endpoint'], EndpointAddress>
  readonly api: 'answers' | 'refuses' | 'silent'
}

/** Runs all steps on a server. Ports come first: whatever needs an unreachable one is skipped. */
export async function examineServer(examination: Examination): Promise<ServerExamined> {
  const { run, endpoints } = examination
  const names = [...new Set(endpoints.flatMap(({ at }) => (at !== null && isIP(at.host) === 0 ? [at.host] : [])))]
  const resolved = await Promise.all(names.map((host) => run.attempt({ step: 'name', address: host }, stepLimitMs, (signal) => resolveName(host, signal))))
  const unknown = new Set(names.filter((_, place) => resolved[place]?.outcome !== 'ok'))
  const tried = endpoints.filter(({ at }) => at === null || !unknown.has(at.host))

  const reached = (await Promise.all(tried.map((endpoint) => checkEndpoint(examination, endpoint)))).filter((endpoint) => endpoint !== null)
  const trusted = (await Promise.all(reached.map((endpoint) => checkCertificate(examination, endpoint)))).filter((endpoint) => endpoint !== null)
  const apiEndpoint = tried.find(({ endpoint }) => endpoint === 'api')
  const api = apiEndpoint?.at ? await checkApi(examination, apiEndpoint.at, trusted) : 'silent'
  const speaking = await Promise.all(trusted.map((endpoint) => checkProtocol(examination, endpoint)))
  return { open: new Map(speaking.flatMap((one) => (one === null ? [] : [[one.endpoint, one.at] as const]))), api }
}

async function checkEndpoint({ run, means: { clock } }: Examination, { endpoint, at, same, isAssumed, bound }: Endpoint): Promise<Reached | null> {
  const step = endpoint === 'srt' ? 'srtHandshake' : 'port'
  if (at === null) {
    run.note({ step, endpoint, address: same?.at ?? null }, same === undefined ? { outcome: 'skipped', found: { kind: 'switchedOff' } } : failedWith(same))
    return null
  }
  const finding = await run.attempt({ step, endpoint, address: hostAndPort(at) }, stepLimitMs, async (signal) => {
    const found = endpoint === 'srt' ? await requestInduction(at, clock, signal) : await checkPort(at, signal)
    if (found.outcome !== 'failed') return found
    // Many servers have listeners disabled, so an unreachable default port is no fault.
    if (isAssumed) return { outcome: 'warning', found: { kind: 'maybeOff' } }
    return bound === null ? found : failed({ kind: 'loopbackOnly', bound })
  })
  return finding.outcome === 'ok' ? { endpoint, at } : null
}

async function checkCertificate({ run, means }: Examination, reached: Reached): Promise<Reached | null> {
  const { endpoint, at } = reached
  if (!at.encrypted) return reached
  const about = { step: 'certificate', endpoint, address: hostAndPort(at) } as const
  const { outcome } = await run.attempt(about, stepLimitMs, (signal) => readCertificate(means, at, signal))
  return outcome === 'failed' || outcome === 'skipped' ? null : reached
}

const defaultApiPort = 9997

async function checkApi({ run, means }: Examination, at: EndpointAddress, trusted: readonly Reached[]): Promise<ServerExamined['api']> {
  const about = { step: 'api', endpoint: 'api', address: hostAndPort(at) } as const
  const isOpen = trusted.some(({ endpoint }) => endpoint === 'api')
  const elsewhere = `${at.encrypted ? 'https' : 'http'}://${hostAndPort({ host: at.host, port: defaultApiPort })}`
  const isThere = async (signal: AbortSignal) => at.port !== defaultApiPort && (await isApiAt(means, elsewhere, signal))
  const { outcome, found } = await run.attempt(about, apiLimitMs, async (signal) => {
    if (!isOpen)
      return (await isThere(signal))
        ? failed({ kind: 'apiElsewhere', error: { kind: 'unreachable', reason: 'refused' }, api: elsewhere })
        : { outcome: 'skipped', found: { kind: 'notTried', because: 'portClosed' } }
    const answer = await askApi(means, signal)
    if (answer.ok) return passed({ kind: 'apiAnswers', version: answer.value.version })
    const { error } = answer
    const isNotIt = error.kind === 'noApiHere' || error.kind === 'notMediaMtx' || error.kind === 'redirected'
    return isNotIt && (await isThere(signal)) ? failed({ kind: 'apiElsewhere', error, api: elsewhere }) : failedWith(error)
  })
  if (outcome === 'ok') return 'answers'
  return found.kind === 'failed' && (found.error.kind === 'unauthorized' || found.error.kind === 'forbidden') ? 'refuses' : 'silent'
}

/** null: it does not speak the expected protocol. */
async function checkProtocol({ run, means }: Examination, reached: Reached): Promise<Reached | null> {
  const { endpoint, at } = reached
  const isRtsp = endpoint === 'rtsp' || endpoint === 'rtsps'
  if (!isRtsp && !isWebEndpoint(endpoint)) return reached
  const about = { step: isRtsp ? 'rtspOptions' : 'web', endpoint, address: hostAndPort(at) } as const
  const finding = await run.attempt(about, stepLimitMs, (signal) => (isRtsp ? askRtspOptions(means, at, signal) : askWebEndpoint(means, at, signal)))
  return finding.outcome === 'ok' ? reached : null
}
