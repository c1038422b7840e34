import type { DiagnosisFinding } from '../diagnosis.ts'
import type { DiagnosisDoor, DiagnosisVerdict } from '../diagnosisVerdict.ts'
import { catalogueOf } from './catalogue.ts'
import { de } from './diagnosis/de.ts'
import type { DiagnosisWords } from './diagnosis/diagnosisWords.ts'
import { en } from './diagnosis/en.ts'
import { ko } from './diagnosis/ko.ts'
import { ru } from './diagnosis/ru.ts'
import { zh } from './diagnosis/zh.ts'
import { serverErrorWords, type Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { begun, joined, textOf } from './texts.ts'

const catalogues = catalogueOf<DiagnosisWords>('diagnosis', { en, de, zh, ru, ko }, ['found.*'])

const doorName = (door: DiagnosisDoor, language: Language): string => begun(catalogues[language].doors[door])

/** What was tried, such as `Port · RTSP`. */
export function stepName({ step, door }: Pick<DiagnosisFinding, 'step' | 'door'>, language: Language): string {
  const { steps } = catalogues[language]
  const ofDoor = door === null ? '' : doorName(door, language)
  return ofDoor === '' || ofDoor === steps[step] || step === 'srtHandshake' || step === 'rtspDescribe' ? steps[step] : `${steps[step]} · ${ofDoor}`
}

/** What a step found, in one or two sentences. */
export function findingText({ found, door }: DiagnosisFinding, language: Language): string {
  const words = catalogues[language]
  if (found.kind === 'notTried') return words.leftOut[found.because]
  if (found.kind === 'failed') return serverErrorWords(found.error, language).what
  const state = found.kind === 'streamIs' && words.stateIs(words.states[found.state])
  return joined(state, textOf(words.found, found, door === null ? '' : begun(words.doors[door])))
}

/** The cause, and what to do about it ('' where there is nothing to do). */
export function verdictWords(verdict: DiagnosisVerdict, language: Language): Words {
  const words = catalogues[language]
  if ('error' in verdict) {
    const { what, todo } = serverErrorWords(verdict.error, language)
    const door = verdict.kind === 'apiFails' ? 'api' : verdict.door
    return { what: `${words.atDoor(doorName(door, language))}${what}`, todo }
  }
  const text = textOf(words.verdicts, verdict, (door: DiagnosisDoor) => words.doors[door])
  if (text === '') return { what: '', todo: '' }
  const [what, todo] = text
  // A name of ours may begin the sentence; one of a machine stays as it is.
  return { what: 'door' in verdict && what.startsWith(words.doors[verdict.door]) ? begun(what) : what, todo }
}

/** The verdict as one text. */
export function verdictText(verdict: DiagnosisVerdict, language: Language): string {
  const { what, todo } = verdictWords(verdict, language)
  return joined(what, todo)
}
