import { type Facts, type Say, sayIn } from '../../i18n/say.ts'
import type { DiagnosisFinding, DiagnosisFound } from '../diagnosis.ts'
import type { DiagnosisDoor, DiagnosisVerdict } from '../diagnosisVerdict.ts'
import { unknownMark } from '../units.ts'
import { serverErrorWords, type Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { begun, joined } from './texts.ts'

const doorIn = (door: DiagnosisDoor, say: Say): string => say(`diagnosis.doors.${door}`)

/** What was tried, such as `Port · RTSP`. */
export function stepName({ step, door }: Pick<DiagnosisFinding, 'step' | 'door'>, language: Language): string {
  const say = sayIn(language)
  const name = say(`diagnosis.steps.${step}`)
  const ofDoor = door === null ? '' : begun(doorIn(door, say))
  return ofDoor === '' || ofDoor === name || step === 'srtHandshake' || step === 'rtspDescribe' ? name : `${name} · ${ofDoor}`
}

/** What a step found, in one or two sentences. */
export function findingText({ found, door }: DiagnosisFinding, language: Language): string {
  const say = sayIn(language)
  if (found.kind === 'notTried') return say(`diagnosis.leftOut.${found.because}`)
  if (found.kind === 'failed') return serverErrorWords(found.error, language).what
  return foundText(found, door === null ? '' : begun(doorIn(door, say)), say)
}

type Found = Exclude<DiagnosisFound, { readonly kind: 'notTried' | 'failed' }>

function foundText(found: Found, door: string, say: Say): string {
  switch (found.kind) {
    case 'certificate': {
      const { names, issuer, chain, validTo, daysLeft, pinned } = found
      return joined(
        say('diagnosis.found.certificate', { names: names || unknownMark, issuer: issuer || unknownMark, chain }),
        say('diagnosis.valid', { context: daysLeft === null ? undefined : 'ends', days: daysLeft, validTo }),
        pinned && say('diagnosis.pinned'),
      )
    }
    case 'apiAnswers':
      return say(`diagnosis.found.${found.kind}`, { ...found, context: found.version === null ? 'old' : undefined })
    case 'rtspAnswers':
      return say(`diagnosis.found.${found.kind}`, { methods: found.methods.join(', ') })
    case 'described':
      return say(`diagnosis.found.${found.kind}`, { media: found.media.join(', ') })
    case 'otherProgram':
      return say(`diagnosis.found.${found.kind}`, { context: door === '' ? 'unnamed' : undefined, door })
    case 'processRuns':
      return say(`diagnosis.found.${found.kind}`, { ...found, context: found.startedAt === null ? undefined : 'since' })
    case 'processMissing':
      return joined(say(`diagnosis.found.${found.kind}`), unitText(found, say))
    case 'hostPorts': {
      const { listening, loopback, missing } = found
      const ports = (of: readonly { readonly port: number }[]) => of.map(({ port }) => port).join(', ')
      return joined(
        listening.length > 0 && say('diagnosis.ports.listening', { ports: listening.map(({ port, user }) => `${port} (${user})`).join(', ') }),
        loopback.length > 0 && say('diagnosis.ports.loopback', { ports: ports(loopback) }),
        missing.length > 0 && say('diagnosis.ports.missing', { ports: ports(missing) }),
        listening.length + loopback.length + missing.length === 0 && say('diagnosis.ports.none'),
      )
    }
    case 'logSays':
      return joined(say(`diagnosis.found.${found.kind}`, { context: found.from }), found.closed !== null && say('diagnosis.lastLeft', { closed: found.closed }))
    case 'streamIs': {
      const { state, codecs, readers, said } = found
      return joined(
        say('diagnosis.stateIs', { state: say(`diagnosis.states.${state}`) }),
        codecs.length > 0 && say('diagnosis.tracks', { codecs }),
        readers !== null && say('diagnosis.readers', { readers }),
        said !== null && say('diagnosis.serverSays', { said }),
      )
    }
    case 'noSuchStream':
      return say(`diagnosis.found.${found.kind}`, { context: found.configured === false ? 'notConfigured' : undefined })
    case 'mayNotPublish':
      return joined(say(`diagnosis.found.${found.kind}`, found), found.who === 'users' && say('diagnosis.onlyUsers'), found.proxied && say('diagnosis.proxied'))
    case 'nobodyMayPublish':
      return say(`diagnosis.found.${found.kind}`, { code: whipCode(found.status) })
    case 'publisherWas': {
      const { address, endedAt, bytes } = found
      return joined(
        say(`diagnosis.found.${found.kind}`, { context: address === null ? 'unknown' : undefined, address, endedAt }),
        bytes !== null && say('diagnosis.came', { bytes }),
      )
    }
    case 'rtspRefused':
    case 'webRefused': {
      const { status, message, credentials } = found
      const isByUser = status === 401 || (status === 403 && found.kind === 'webRefused')
      return say('diagnosis.refused', { context: isByUser ? (credentials ? 'credentials' : 'wanted') : undefined, status, message })
    }
    case 'playlist': {
      const { longestSegmentSeconds: seconds, lowLatency } = found
      return joined(
        seconds !== null && say('diagnosis.segments', { seconds }),
        say(`diagnosis.found.${found.kind}`, { context: lowLatency ? 'lowLatency' : undefined }),
      )
    }
    case 'noSegment':
      return say(`diagnosis.found.${found.kind}`, { ...found, context: found.seconds === null ? undefined : 'far' })
    default:
      return say(`diagnosis.found.${found.kind}`, { ...found, door })
  }
}

const whipCode = (status: number | null): string | null => (status === null ? null : `WHIP ${status}`)

/** The state of the unit of systemd; false: it has none. */
function unitText(
  { active, result = null, exitStatus }: { readonly active: string | null; readonly result?: string | null; readonly exitStatus: number | null },
  say: Say,
): string | false {
  if (active === null) return false
  const facts = [result, exitStatus !== null && say('diagnosis.exitStatus', { exitStatus })].filter(Boolean)
  return say('diagnosis.unit', { active: active || unknownMark, result: facts.join(', ') })
}

/** The cause, and what to do about it ('' where there is nothing to do). */
export function verdictWords(verdict: DiagnosisVerdict, language: Language): Words {
  const say = sayIn(language)
  if ('error' in verdict) {
    const { what, todo } = serverErrorWords(verdict.error, language)
    const door = begun(doorIn(verdict.kind === 'apiFails' ? 'api' : verdict.door, say))
    return { what: `${say('diagnosis.atDoor', { door })}${what}`, todo }
  }
  const what = verdictWhat(verdict, say)
  // A name of ours may begin the sentence; one of a machine stays as it is.
  return { what: 'door' in verdict && what.startsWith(doorIn(verdict.door, say)) ? begun(what) : what, todo: verdictTodo(verdict, say) }
}

type Verdict = Exclude<DiagnosisVerdict, { readonly error: unknown }>

function verdictWhat(verdict: Verdict, say: Say): string {
  const id = `diagnosis.verdicts.${verdict.kind}` as const
  const facts: Facts = {
    ...verdict,
    ...('door' in verdict && { door: doorIn(verdict.door, say) }),
    ...('port' in verdict && { at: verdict.port === null ? null : say('diagnosis.onPort', { port: verdict.port }) }),
  }
  const doors = (list: readonly DiagnosisDoor[]) => list.map((door) => doorIn(door, say))
  switch (verdict.kind) {
    case 'portInUse':
      return say(id, { ...verdict, protocol: verdict.protocol.toUpperCase() })
    case 'processEnded':
      return joined(say(id, verdict), unitText(verdict, say), verdict.said !== null && say('diagnosis.lastLine', { said: verdict.said }))
    case 'sourceFails':
      return say(id, { ...verdict, context: verdict.said === null ? undefined : 'said' })
    case 'publishingForbidden':
      return say(id, { ...verdict, code: whipCode(verdict.status) })
    case 'publisherLost': {
      const from = [doorIn(verdict.door, say), verdict.address].filter(Boolean).join(', ')
      return joined(say(id, { ...verdict, from }), verdict.said !== null && say('diagnosis.lastLog', { said: verdict.said }))
    }
    case 'notCarried':
      return say(id, { ...verdict, doors: doors(verdict.doors).join(', ') })
    case 'noSegment':
      return say(id, { ...verdict, context: verdict.seconds === null ? undefined : 'far' })
    case 'delayHigh':
      return joined(
        say(id),
        verdict.seconds !== null && say('diagnosis.segmentsLong', { seconds: verdict.seconds }),
        !verdict.lowLatency && say('diagnosis.lowLatencyOff'),
      )
    case 'allWell':
      return joined(
        say(id),
        verdict.off.length > 0 && say('diagnosis.off', { doors: doors(verdict.off) }),
        verdict.maybeOff.length > 0 && say('diagnosis.maybeOff', { doors: doors(verdict.maybeOff) }),
      )
    default:
      return say(id, facts)
  }
}

function verdictTodo(verdict: Verdict, say: Say): string {
  switch (verdict.kind) {
    case 'allWell':
      return ''
    case 'delayHigh':
      return joined(verdict.seconds !== null && say('diagnosis.moreKeyFrames'), !verdict.lowLatency && say('diagnosis.lowLatencyOn'))
    case 'firewalled':
    case 'doorSilent':
      return say(`diagnosis.verdictsTodo.${verdict.kind}`, { context: verdict.door === 'srt' ? 'udp' : undefined })
    case 'publishingRefused':
      return say('diagnosis.verdictsTodo.publishingRefused', { context: verdict.proxied ? 'proxied' : undefined })
    case 'notCarried':
      return say('diagnosis.verdictsTodo.notCarried', { context: verdict.codecs.includes('MPEG-TS') ? 'mpegts' : undefined })
    default:
      return say(`diagnosis.verdictsTodo.${verdict.kind}`, verdict)
  }
}

/** The verdict as one text. */
export function verdictText(verdict: DiagnosisVerdict, language: Language): string {
  const { what, todo } = verdictWords(verdict, language)
  return joined(what, todo)
}
