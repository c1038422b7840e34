import { topicOf, type Upstream } from '../shared/alarms.ts'
import type { Cause, CauseFacts } from '../shared/causes.ts'
import type { Factor, Incident } from '../shared/incidents.ts'
import { partOf } from '../shared/subjectNames.ts'
import type { Language } from './languages.ts'
import { reasonText, reasonTextOrNull, troubleTodo, whileCalm } from './reasonText.ts'
import { ruleNameOf } from './ruleText.ts'
import { type Facts, type Say, sayIn } from './say.ts'
import { begun, joined, withoutStop } from './texts.ts'

/** Kinds for which the name of their rule is about one stream. */
const named = ['streamGone', 'streamStalled', 'slateOnAir'] as const

/** What is wrong with the streams of an incident, without figures: "Bitrate low". */
function whatText(incident: Pick<Incident, 'kind' | 'rule' | 'ruleName' | 'why'>, say: Say): string {
  const kind = named.find((one) => one === incident.kind)
  return kind === undefined ? ruleNameOf(incident, say.language) : say(`incidents.what.${kind}`)
}

/** What alarms have in common: as a part of `incidents.hit` what streams share, as a sentence all else. */
function factorText(factor: Factor, say: Say): string {
  /** How far apart they began, in whole seconds. */
  const spanMs = 'spanMs' in factor ? Math.max(1_000, Math.ceil(factor.spanMs / 1_000) * 1_000) : 0
  switch (factor.kind) {
    case 'server': {
      const { streams, alarms, isOver } = factor
      if (isOver === true) return say('incidents.factors.server', { context: 'over', alarms })
      return joined(streams !== null && streams > 0 && say('incidents.factors.server', { streams }), alarms > 0 && say('incidents.explains', { alarms }))
    }
    case 'servers':
      return say('incidents.factors.servers', { ...factor, spanMs })
    case 'path':
      return say('incidents.factors.path', { ...factor, spanMs })
    case 'upstream': {
      const { count, servers, stream, upstreams } = factor
      const links = upstreams.map((one) => say(`incidents.chain.${one.by}`, { stream: streamName(one) }))
      const chain = `${streamName(stream)} ${links.join(say('incidents.chain.between'))}`
      return say('incidents.factors.upstream', { context: count === 1 ? 'alone' : undefined, count, servers, chain })
    }
    default: {
      const { value, count, of } = factor
      const some = say('incidents.ofAll', { count, of })
      return say(`incidents.factors.${factor.kind}`, { value, some, spanMs })
    }
  }
}
const streamName = ({ serverName, path }: Omit<Upstream, 'by'>): string => `${serverName}/${path}`

type Named = Pick<Incident, 'kind' | 'rule' | 'ruleName' | 'why' | 'kinds'>
/** The kinds of trouble that an incident is called after, if they are several. */
function mixedKinds(incident: Named): NonNullable<Incident['kinds']> {
  const named = (incident.kinds ?? []).filter((one) => topicOf(one) === topicOf(incident))
  return named.length > 1 ? named : []
}
/** "Slate shown on 1 stream." */
function kindTexts(kinds: NonNullable<Incident['kinds']>, say: Say): readonly string[] {
  return kinds.map((one) => say('incidents.hit', { what: whatText(one, say), shared: [streamsMessage(one.streams, say.language)] }))
}

const isShared = ({ kind }: Factor): boolean => kind !== 'server' && kind !== 'servers' && kind !== 'upstream'

/** What is wrong with how many of what the alarms of an incident have in common; '' where there is nothing to say. */
export function evidenceText(incident: Named & Pick<Incident, 'factors'>, language: Language): string {
  const say = sayIn(language)
  const shared = incident.factors.filter(isShared).map((factor) => factorText(factor, say))
  const others = incident.factors.filter((factor) => !isShared(factor)).map((factor) => factorText(factor, say))
  const mixed = shared.length > 0 ? mixedKinds(incident) : []
  const what = mixed.length > 0 ? say('incidents.what.mixed') : whatText(incident, say)
  return joined(shared.length > 0 && say('incidents.hit', { what, shared }), ...kindTexts(mixed, say), ...others)
}

export function streamsMessage(count: number, language: Language): string {
  return sayIn(language)('counts.stream', { count })
}

/** What an incident is called: by its stream, device, server or host, or by how many it hits. `name` is of what, `rest` where or how many. */
export function incidentName(
  { subject, serverName, factors, streams, serversTotal }: Incident,
  language: Language,
): { readonly name: string; readonly rest: string | null } {
  const servers = (count: number) => sayIn(language)('counts.server', { count })
  const part = partOf(subject)
  if (part === null) return { name: serverName, rest: subject.kind === 'server' && serversTotal > 1 ? servers(serversTotal) : null }
  const [factor] = factors
  if (subject.kind !== 'stream' || streams === 1 || factor?.kind === 'upstream') return { name: part, rest: serverName }
  if (factor?.kind === 'path') return { name: part, rest: servers(serversTotal) }
  return serversTotal === 1
    ? { name: serverName, rest: streamsMessage(streams ?? 1, language) }
    : { name: streamsMessage(streams ?? 1, language), rest: servers(serversTotal) }
}

/** The same as one text: "Berlin · cam1", with the camera of that stream: "Berlin · cam1 (Gate north)". */
export function incidentTitle(incident: Incident, language: Language): string {
  const { name, rest } = incidentName(incident, language)
  const title = rest === null ? name : rest === incident.serverName ? `${rest} · ${name}` : `${name} · ${rest}`
  return incident.camera === undefined ? title : `${title} (${incident.camera.name})`
}

/** `cause` says what is wrong, with how many, by what evidence its alarms belong together, and why; `todo` what to do. */
export function incidentMessage(incident: Incident, language: Language): { readonly cause: string; readonly todo: string } {
  return { cause: incidentCause(incident, language), todo: troubleTodo(incident, language) }
}

export function incidentCause(incident: Incident, language: Language): string {
  const { subject, factors, common, causes, streams, isUnknown, kinds = [{ ...incident, streams: streams ?? 1 }] } = incident
  const say = sayIn(language)
  const evidence = evidenceText(incident, language)
  // Why one of many streams went is not why all of them did, unless they come from it.
  const isOfMany = subject.kind === 'stream' && streams !== 1 && factors[0]?.kind !== 'upstream'
  const what = factors.some(isShared) ? [] : kindTexts(kinds, say)
  const cause = isOfMany
    ? joined(...what, evidence, reasonTextOrNull(common, language) ?? '')
    : joined(reasonText(incident.why, language), saidText(incident, say), evidence)
  const whole = joined(cause, causesText(causes, language))
  return isUnknown === true ? say('incidents.unknown', { before: whole }) : whileCalm(whole, incident, language)
}

/** What is known of a figure in words of others: which destinations fail, and what the server says of each. For other kinds it is a cause. */
function saidText({ why, said }: Pick<Incident, 'why' | 'said'>, say: Say): string {
  return why.kind === 'limitCrossed' && said !== undefined ? say('causes.sentence', { clauses: withoutStop(said) }) : ''
}

/** One clause of why something went wrong, with how sure it is. */
export function causeText({ facts, sure }: Cause, language: Language): string {
  const say = sayIn(language)
  const id = facts.kind === 'network' && facts.rttMs !== null && facts.latencyMs !== null ? 'networkTight' : facts.kind
  const clause = say(`causes.${id}`, { ...facts, ...formOf(facts) })
  return sure === 'seen' ? clause : say(`causes.sure.${sure}`, { clause })
}

/** Two things that began within a poll of each other began together, ms. */
const togetherMs = 5_000
function formOf(facts: CauseFacts): Facts {
  if (facts.kind === 'hostNotRead') return { context: facts.forMs < togetherMs ? 'too' : undefined }
  return facts.kind === 'udpErrors' ? { perSecond: Math.round(facts.perSecond * 10) / 10 } : {}
}

/** All of them as a sentence; '' without any. */
export function causesText(causes: readonly Cause[] | undefined, language: Language): string {
  if (causes === undefined || causes.length === 0) return ''
  const say = sayIn(language)
  return say('causes.sentence', { clauses: begun(causes.map((cause) => causeText(cause, language)).join(say('causes.between'))) })
}
