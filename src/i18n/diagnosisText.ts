import type { DiagnosisEndpoint, DiagnosisFinding, DiagnosisStep, DiagnosisVerdict } from '../shared/diagnosis.ts'
import type { PlayabilityReason, PlayabilityRow } from '../shared/playability.ts'
import { unknownMark } from '../shared/units.ts'
import { serverErrorText, type Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { type Say, sayIn } from './say.ts'
import { joined } from './texts.ts'

/** A listener of a server: the name of its protocol, or of what it is for. */
export function endpointName(endpoint: DiagnosisEndpoint, language: Language): string {
  if (endpoint === 'playback' || endpoint === 'metrics') return sayIn(language)(`diagnosis.endpoints.${endpoint}`)
  return endpoint === 'webrtc' ? 'WebRTC' : endpoint.toUpperCase()
}

/** Steps that are called as what is asked for, in every language. */
const asked: Readonly<Partial<Record<DiagnosisStep, string>>> = {
  ...{ name: 'DNS', api: 'API', rtspOptions: 'RTSP OPTIONS', web: 'HTTP', rtspDescribe: 'RTSP DESCRIBE', hlsPage: 'HLS', whep: 'WHEP OPTIONS' },
}
const saidSteps = ['port', 'certificate', 'srtHandshake', 'hostProcess', 'hostPorts', 'hostLog', 'stream', 'lastPublisher', 'hlsPlaylist'] as const
/** Steps of several listeners, which are named beside the step. */
const manyEndpoints: ReadonlySet<DiagnosisStep> = new Set(['port', 'certificate', 'web', 'rtspOptions', 'lastPublisher'])

/** What was tried, such as `Port · RTSP`. */
export function stepName({ step, endpoint }: Pick<DiagnosisFinding, 'step' | 'endpoint'>, language: Language): string {
  const saidStep = saidSteps.find((one) => one === step)
  const name = saidStep === undefined ? (asked[step] ?? step) : sayIn(language)(`diagnosis.steps.${saidStep}`)
  return endpoint !== null && manyEndpoints.has(step) ? `${name} · ${endpointName(endpoint, language)}` : name
}

export function findingText({ found, endpoint }: Pick<DiagnosisFinding, 'found' | 'endpoint'>, language: Language): string {
  const say = sayIn(language)
  const facts = { ...found, setting: endpoint, endpoint: endpoint === null ? unknownMark : endpointName(endpoint, language) }
  switch (found.kind) {
    case 'notTried':
      return say(`diagnosis.leftOut.${found.because}`)
    case 'failed':
      return serverErrorText(found.error, language).what
    case 'certificate':
      return say('diagnosis.found.certificate', { ...found, names: found.names || unknownMark, issuer: found.issuer || unknownMark })
    case 'apiAnswers':
      return say('diagnosis.found.apiAnswers', { version: found.version ?? '< 1.15.2' })
    case 'described':
      return say('diagnosis.found.described', { media: found.media.join(', ') })
    case 'hostPorts': {
      const ports = (of: readonly { readonly port: number }[]) => of.map(({ port }) => port)
      return joined(
        found.listening.length > 0 && say('diagnosis.found.portsOpen', { ports: ports(found.listening) }),
        found.closed.length > 0 && say('diagnosis.found.portsClosed', { ports: ports(found.closed) }),
        found.listening.length + found.closed.length === 0 && unknownMark,
      )
    }
    case 'logSays':
      return say('diagnosis.serverSays', { said: found.closed ?? found.last ?? unknownMark })
    case 'streamIs': {
      const { state, said } = found
      return joined(
        say(`diagnosis.states.${state === 'live' || state === 'stalled' ? state : 'offAir'}`),
        said !== null && say('diagnosis.serverSays', { said }),
      )
    }
    case 'publisherWas':
      return say('diagnosis.found.publisherWas', { ...found, address: found.address ?? unknownMark })
    case 'refused':
      return say('diagnosis.found.refused', { ...found, context: found.credentials ? undefined : 'wanted' })
    case 'playlist':
      return say('diagnosis.found.playlist', { seconds: found.longestSegmentSeconds })
    case 'apiElsewhere':
      return say('connection.todo.useAddress', found)
    case 'noSegment':
      return hlsLateText(found.seconds, say)
    default:
      return say(`diagnosis.found.${found.kind}`, facts)
  }
}

const hlsLateText = (seconds: number | null, say: Say): string => say('diagnosis.verdicts.hlsLate', { seconds, context: seconds === null ? undefined : 'far' })

type SaidVerdict = Exclude<DiagnosisVerdict, { readonly kind: 'doorFails' }>

/** The cause, and what to do about it ('' where there is nothing to do). */
export function verdictMessage(verdict: DiagnosisVerdict, language: Language): Words {
  const say = sayIn(language)
  if (verdict.kind === 'doorFails') {
    const { what, todo } = serverErrorText(verdict.error, language)
    return { what: verdict.endpoint === null ? what : say('diagnosis.atEndpoint', { endpoint: endpointName(verdict.endpoint, language), what }), todo }
  }
  const todo = hasTodo(verdict) ? say(`diagnosis.verdictsTodo.${verdict.kind}`, { setting: 'endpoint' in verdict ? verdict.endpoint : null }) : ''
  return { what: verdictWhat(verdict, say), todo }
}

/** Verdicts of which all is said with the cause. */
const withoutTodo = ['allWell', 'unfinished', 'certificateEnds', 'apiElsewhere'] as const
type WithoutTodo = { readonly kind: (typeof withoutTodo)[number] }
const hasTodo = (verdict: SaidVerdict): verdict is Exclude<SaidVerdict, WithoutTodo> => !withoutTodo.some((kind) => kind === verdict.kind)

function verdictWhat(verdict: SaidVerdict, say: Say): string {
  const endpoint = 'endpoint' in verdict ? endpointName(verdict.endpoint, say.language) : null
  const said = 'said' in verdict && verdict.said !== null && say('diagnosis.serverSays', { said: verdict.said })
  switch (verdict.kind) {
    case 'apiElsewhere':
      return say('connection.todo.useAddress', verdict)
    case 'doorLoopback':
      return say('diagnosis.found.loopbackOnly', { ...verdict, endpoint })
    case 'pathNotConfigured':
      return say('diagnosis.found.pathNotConfigured')
    case 'publishingForbidden':
      return say('diagnosis.found.nobodyMayPublish')
    case 'hlsLate':
      return hlsLateText(verdict.seconds, say)
    case 'publisherLost':
      return joined(say('diagnosis.verdicts.publisherLost', { ...verdict, from: [endpoint, verdict.address].filter(Boolean).join(', ') }), said)
    case 'notCarried':
      return say('diagnosis.verdicts.notCarried', { ...verdict, endpoints: verdict.endpoints.map((one) => endpointName(one, say.language)) })
    default:
      return joined(say(`diagnosis.verdicts.${verdict.kind}`, { ...verdict, endpoint, ...('port' in verdict && { port: verdict.port ?? unknownMark }) }), said)
  }
}

export function verdictText(verdict: DiagnosisVerdict, language: Language): string {
  const { what, todo } = verdictMessage(verdict, language)
  return joined(what, todo)
}

const protocols = { browserWebrtc: 'WebRTC', browserHls: 'HLS', vlcRtsp: 'VLC · RTSP', srt: 'SRT', rtmp: 'RTMP' } as const

/** A kind of player, such as `Browser · WebRTC`. */
export function clientName({ client }: Pick<PlayabilityRow, 'client'>, language: Language): string {
  const isBrowser = client === 'browserWebrtc' || client === 'browserHls'
  return isBrowser ? `${sayIn(language)('playability.browser')} · ${protocols[client]}` : protocols[client]
}

export function playabilityVerdictText({ verdict }: Pick<PlayabilityRow, 'verdict'>, language: Language): string {
  return sayIn(language)(`playability.verdicts.${verdict}`)
}

export function playabilityReasonText(reason: PlayabilityReason, language: Language): string {
  if (reason.kind === 'tried') return findingText(reason, language)
  const isPacked = reason.kind === 'noTrack' && reason.codecs.includes('MPEG-TS')
  const isNewer = reason.kind === 'leftOut' && reason.since !== null
  return sayIn(language)(`playability.reasons.${reason.kind}`, { ...reason, context: isPacked ? 'mpegTs' : isNewer ? 'since' : undefined })
}
