import type { Factor, Incident } from '../incidents.ts'
import { partOf } from '../subjectNames.ts'
import { catalogueOf } from './catalogue.ts'
import { causesText } from './causeText.ts'
import { de } from './incidents/de.ts'
import { en } from './incidents/en.ts'
import type { IncidentWords, NamedKind } from './incidents/incidentWords.ts'
import { ko } from './incidents/ko.ts'
import { ru } from './incidents/ru.ts'
import { zh } from './incidents/zh.ts'
import type { Language } from './languages.ts'
import { reasonText, reasonTextOrNull, troubleTodo } from './reasonText.ts'
import { ruleNameOf } from './ruleText.ts'
import { joined, textOf } from './texts.ts'

const catalogues = catalogueOf<IncidentWords>('incidents', { en, de, zh, ru, ko })

/** What is wrong with the streams of an incident, without figures: "Bitrate low". */
function whatWords(incident: Pick<Incident, 'kind' | 'rule' | 'ruleName' | 'why'>, language: Language): string {
  const { what } = catalogues[language]
  return incident.kind in what ? what[incident.kind as NamedKind] : ruleNameOf(incident, language)
}

const isShared = ({ kind }: Factor): boolean => kind !== 'server' && kind !== 'servers' && kind !== 'upstream'

/** What is wrong with how many of what the alarms of an incident have in common; '' where there is nothing to say. */
export function evidenceText(incident: Pick<Incident, 'kind' | 'rule' | 'ruleName' | 'why' | 'factors'>, language: Language): string {
  const { hit, factors: texts } = catalogues[language]
  const shared = incident.factors.filter(isShared).map((factor) => textOf(texts, factor))
  const others = incident.factors.filter((factor) => !isShared(factor)).map((factor) => textOf(texts, factor))
  return joined(shared.length > 0 && hit(whatWords(incident, language), shared), ...others)
}

/** "45 streams". */
export function streamsWords(count: number, language: Language): string {
  return catalogues[language].streams(count)
}

/** What an incident is called: by its stream, device, server or host, or by how many it hits. `name` is of what, `rest` where or how many. */
export function incidentName(
  { subject, serverName, factors, streams, serversTotal }: Incident,
  language: Language,
): { readonly name: string; readonly rest: string | null } {
  const { streams: streamsWords, servers } = catalogues[language]
  const part = partOf(subject)
  if (part === null) return { name: serverName, rest: serversTotal > 1 ? servers(serversTotal) : null }
  const [factor] = factors
  if (subject.kind !== 'stream' || streams === 1 || factor?.kind === 'upstream') return { name: part, rest: serverName }
  if (factor?.kind === 'path') return { name: part, rest: servers(serversTotal) }
  return serversTotal === 1 ? { name: serverName, rest: streamsWords(streams ?? 1) } : { name: streamsWords(streams ?? 1), rest: servers(serversTotal) }
}

/** The same as one text: "Berlin · cam1". */
export function incidentTitle(incident: Incident, language: Language): string {
  const { name, rest } = incidentName(incident, language)
  return rest === null ? name : rest === incident.serverName ? `${rest} · ${name}` : `${name} · ${rest}`
}

/** `cause` says what is wrong, with how many, by what evidence its alarms belong together, and why; `todo` what to do. */
export function incidentWords(incident: Incident, language: Language): { readonly cause: string; readonly todo: string } {
  return { cause: incidentCause(incident, language), todo: troubleTodo(incident, language) }
}

export function incidentCause(incident: Incident, language: Language): string {
  const { subject, factors, common, causes, streams, isUnknown } = incident
  const { hit, streams: streamsOf, unknown } = catalogues[language]
  const evidence = evidenceText(incident, language)
  // Why one of many streams went is not why all of them did, unless they come from it.
  const isOfMany = subject.kind === 'stream' && streams !== 1 && factors[0]?.kind !== 'upstream'
  const what = factors.some(isShared) ? '' : hit(whatWords(incident, language), [streamsOf(streams ?? 1)])
  const cause = isOfMany ? joined(what, evidence, reasonTextOrNull(common, language) ?? '') : joined(reasonText(incident.why, language), evidence)
  const whole = joined(cause, causesText(causes, language))
  return isUnknown === true ? unknown(whole) : whole
}
