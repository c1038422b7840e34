import type { Factor, Incident } from '../incidents.ts'
import { partOf } from '../subjectNames.ts'
import { causesText } from './causeText.ts'
import { de } from './incidents/de.ts'
import { en } from './incidents/en.ts'
import type { IncidentWords } from './incidents/incidentWords.ts'
import { ko } from './incidents/ko.ts'
import { ru } from './incidents/ru.ts'
import { zh } from './incidents/zh.ts'
import type { Language } from './languages.ts'
import { reasonTextOrNull, troubleWords } from './reasonText.ts'
import { joined, textOf } from './texts.ts'

const catalogues: Readonly<Record<Language, IncidentWords>> = { en, de, zh, ru, ko }

/** One thing that alarms have in common, with its evidence; '' where there is none to say. */
export function factorText(factor: Factor, language: Language): string {
  return textOf(catalogues[language].factors, factor)
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

/** `cause` says what is wrong, by what evidence its alarms belong together, and why, `todo` what to do. */
export function incidentWords(incident: Incident, language: Language): { readonly cause: string; readonly todo: string } {
  const { text, todo } = troubleWords(incident, language)
  const { subject, factors, common, causes } = incident
  const evidence = factors.map((factor) => factorText(factor, language))
  // Why one of many streams went is not why all of them did, unless they come from it.
  const isOfMany = subject.kind === 'stream' && factors.length > 0 && factors[0]?.kind !== 'upstream'
  const cause = isOfMany ? joined(...evidence, reasonTextOrNull(common, language) ?? '') : joined(text, ...evidence)
  return { cause: joined(cause, causesText(causes, language)), todo }
}
