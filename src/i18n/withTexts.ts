import type { Hello } from '../shared/access.ts'
import type { Alarm } from '../shared/alarms.ts'
import type { Canary } from '../shared/canaries.ts'
import type { ConnectionTest } from '../shared/connectionTest.ts'
import type { Diagnosis } from '../shared/diagnosis.ts'
import type { ServerError } from '../shared/errors.ts'
import type { FleetChanges } from '../shared/fleet.ts'
import type { StoreFigures } from '../shared/history.ts'
import type { Incident } from '../shared/incidents.ts'
import type { CalendarProblem } from '../shared/maintenance.ts'
import type { PlayabilityRow } from '../shared/playability.ts'
import type { PictureReason, PictureTools } from '../shared/previews.ts'
import type { Rehearsal } from '../shared/rehearsal.ts'
import type { RemoteProbe } from '../shared/remoteProbes.ts'
import type { Rule } from '../shared/rules.ts'
import { createFieldWriter, sentenceOf } from '../shared/said.ts'
import type { SendFailure } from '../shared/sendFailures.ts'
import type { ShownFinding } from '../shared/servers.ts'
import type { Sizing } from '../shared/sizing.ts'
import type { StreamFacts } from '../shared/streams.ts'
import type { ValidationError } from '../shared/validationErrors.ts'
import { calendarText } from './calendarText.ts'
import { configurationFindingText, pathPreviewTexts, stepText, ymlText } from './configurationText.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import { dailyCameraTexts } from './dailyText.ts'
import { findingText, playabilityReasonText, verdictText } from './diagnosisText.ts'
import { hostErrorText, serverErrorSentences } from './errorText.ts'
import { eventText } from './eventText.ts'
import { canaryErrorText, remoteProbeErrorText } from './gradeText.ts'
import { incidentCause, incidentTitle } from './incidentText.ts'
import type { Language } from './languages.ts'
import { cautionTexts, secretsText } from './noticeText.ts'
import { pictureText, toolProblemText } from './pictureText.ts'
import { baselineText, reasonText, reasonTextOrNull, sendFailureText, troubleTodo, whileCalm } from './reasonText.ts'
import { remedyActText } from './remedyText.ts'
import { rehearsalText, ruleName, ruleTodo, unrehearsedText } from './ruleText.ts'
import { sizingWhyText } from './sizingText.ts'
import { joined } from './texts.ts'
import { validationErrorText } from './validationErrorText.ts'

/** The sentences that REST sends, each made from the object whose field holds it (`said.ts`). undefined: the field is left out. */
const sentences = {
  alarmText: (alarm: Pick<Alarm, 'why' | 'calmSince'>, language: Language) => whileCalm(reasonText(alarm.why, language), alarm, language),
  alarmTodo: troubleTodo,
  calendarProblem: ({ problem }: { readonly problem: CalendarProblem | null }, language: Language) => (problem ? calendarText(problem, language) : undefined),
  canaryError: ({ error, publishBy }: Canary, language: Language) => error && canaryErrorText(error, publishBy, language),
  canaryReaderError: ({ error, protocol }: Canary['readers'][number], language: Language) => error && canaryErrorText(error, protocol, language),
  cautions: cautionTexts,
  configurationFinding: ({ finding }: ShownFinding, language: Language) => configurationFindingText(finding, language).what,
  configurationFindingTodo: ({ finding }: ShownFinding, language: Language) => configurationFindingText(finding, language).todo,
  connectionStep: (step: ConnectionTest['steps'][number], language: Language) => {
    const { what, todo } = stepText(step, language)
    return joined(what, todo)
  },
  consoleReason: ({ consoleWhy }: FleetChanges, language: Language) => reasonTextOrNull(consoleWhy, language),
  dailyCamera: dailyCameraTexts,
  event: eventText,
  finding: findingText,
  hostError: hostErrorText,
  incidentTitle,
  incidentCause,
  /** Of the two fields before it. */
  incidentText: ({ cause = '', todo = '' }: Incident) => joined(cause, todo),
  validationError: ({ validationError }: { readonly validationError: ValidationError }, language: Language) => validationErrorText(validationError, language),
  pathPreview: pathPreviewTexts,
  picture: ({ why }: { readonly why: PictureReason | null }, language: Language) => why && pictureText(why, language),
  playabilityReasons: ({ reasons }: PlayabilityRow, language: Language) => reasons.map((reason) => playabilityReasonText(reason, language)),
  reason: ({ why }: StreamFacts, language: Language) => reasonTextOrNull(why, language),
  rehearsal: rehearsalText,
  remedyAct: remedyActText,
  ruleName,
  ruleTodo: ({ id, runbook }: Rule, language: Language) => runbook ?? ruleTodo(id, language),
  secrets: ({ kept }: Hello['secrets'], language: Language) => secretsText(kept, language),
  sendFailure: ({ failure }: { readonly failure: SendFailure | null }, language: Language) => (failure ? sendFailureText(failure, language) : undefined),
  serverError: ({ error }: { readonly error: ServerError | null }, language: Language) => (error === null ? undefined : serverErrorSentences(error, language)),
  sizingWhy: ({ why }: Sizing, language: Language) => why && sizingWhyText(why, language),
  storeTrouble: ({ why }: StoreFigures, language: Language) => why && consoleTroubleText(why, language),
  toolProblem: ({ problem }: PictureTools, language: Language) => problem && toolProblemText(problem, language),
  unrehearsed: ({ unrehearsed }: Pick<Rehearsal, 'unrehearsed'>, language: Language) => unrehearsed.map((remark) => unrehearsedText(remark, language)),
  baseline: baselineText,
  remoteProbeError: ({ error }: RemoteProbe, language: Language) => error && remoteProbeErrorText(error, language),
  verdict: ({ verdict }: Diagnosis, language: Language) => (verdict ? verdictText(verdict, language) : undefined),
  ymlLines: ({ lines }: ConnectionTest, language: Language) => ymlText(lines, language),
}

/** Adds to a value the sentences that its schema names. */
export function createWithTexts(say: Readonly<Record<string, (facts: never, language: Language) => unknown>>) {
  return createFieldWriter<Language>((field) => {
    const sentence = sentenceOf(field)
    if (sentence !== undefined && say[sentence] === undefined) throw new Error(`no sentence is called ${sentence}`)
    return sentence === undefined ? undefined : say[sentence]
  })
}

/** An answer with its sentences, as REST sends it. `output`: its schema. */
export const withTexts = createWithTexts(sentences)
