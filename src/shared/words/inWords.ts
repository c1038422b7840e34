import type { z } from 'zod'
import type { Hello } from '../access.ts'
import type { Alarm } from '../alarms.ts'
import type { BeyondNow } from '../beyondNow.ts'
import type { Canary } from '../canaries.ts'
import type { Channel, Readiness } from '../channels.ts'
import type { ConfigurationUpgrade } from '../configurations.ts'
import type { ConnectionTest } from '../connectionTest.ts'
import type { DailyCamera, DailyStatus } from '../dailyChecks.ts'
import type { Diagnosis } from '../diagnosis.ts'
import type { ServerError } from '../errors.ts'
import type { DeckEvent } from '../events.ts'
import type { FleetChanges, TroubleReport } from '../fleet.ts'
import type { StoreFigures } from '../history.ts'
import type { hostErrorSchema } from '../hosts.ts'
import type { Incident } from '../incidents.ts'
import type { CalendarProblem } from '../maintenance.ts'
import type { PathPreview } from '../pathEdits.ts'
import type { Playability } from '../playability.ts'
import type { PictureReason, PictureTools } from '../previews.ts'
import type { ImportedProbes, Probe, ProbeStatus, TestedProbe } from '../probes.ts'
import type { RecordingList } from '../recordings.ts'
import type { Rehearsal } from '../rehearsal.ts'
import type { RemedyActed, RemedyOfRule, RemedyRehearsal } from '../remedies.ts'
import type { Rule } from '../rules.ts'
import type { SendFailure } from '../sendFailures.ts'
import type { Server, ShownFinding } from '../servers.ts'
import type { Sizing } from '../sizing.ts'
import type { SnapshotStatus } from '../snapshots.ts'
import type { StreamFacts } from '../streams.ts'
import type { Usual } from '../usual.ts'
import type { Vantage } from '../vantages.ts'
import type { WebrtcHealth } from '../webrtc.ts'
import { calendarText } from './calendarText.ts'
import { canaryErrorWords } from './canaryText.ts'
import { configurationFindingWords, upgradeChangeText } from './configurationText.ts'
import { stepText, ymlText } from './connectionText.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import { dailyCameraTexts } from './dailyText.ts'
import { findingText, verdictText } from './diagnosisText.ts'
import { hostErrorText, serverErrorWords } from './errorText.ts'
import { eventText } from './eventText.ts'
import { incidentTitle, incidentWords } from './incidentText.ts'
import type { Language } from './languages.ts'
import { mistakeText } from './mistakeText.ts'
import { cautionText, setAsideText } from './noticeText.ts'
import { pathPreviewTexts } from './pathEditText.ts'
import { pictureText, toolProblemText } from './pictureText.ts'
import { playabilityReasonText } from './playabilityText.ts'
import { reasonTextOrNull, todoOf, troubleWords } from './reasonText.ts'
import { beyondText, rehearsalText, unrehearsedText } from './rehearsalText.ts'
import { remedyActText, remedyRehearsalText } from './remedyText.ts'
import { ruleName } from './ruleText.ts'
import { secretsText } from './secretsText.ts'
import { sendFailureText } from './sendFailureText.ts'
import { limitText, perStreamText, sizingWhyText } from './sizingText.ts'
import { joined } from './texts.ts'
import { usualText } from './usualText.ts'
import { vantageErrorWords } from './vantageText.ts'

// Adds the sentences that REST sends with its answers.

export const eventInWords = (event: DeckEvent, language: Language): DeckEvent => ({ ...event, text: eventText(event, language) })

/** For a host or a host test. */
export const hostInWords = <Asked extends { readonly error: z.infer<typeof hostErrorSchema> | null }>(host: Asked, language: Language): Asked =>
  host.error === null ? host : { ...host, error: { ...host.error, words: hostErrorText(host.error, language) } }

export const troubleInWords = (trouble: TroubleReport, language: Language): TroubleReport => ({ ...trouble, ...troubleWords(trouble, language) })

export const alarmInWords = <Asked extends Alarm>(alarm: Asked, language: Language): Asked => ({ ...alarm, ...troubleWords(alarm, language) })

export function incidentInWords<Asked extends Incident>(incident: Asked, language: Language): Asked {
  const { cause, todo } = incidentWords(incident, language)
  return { ...incident, title: incidentTitle(incident, language), cause, text: joined(cause, todo), todo }
}
export const ruleInWords = (rule: Rule, language: Language): Rule => ({
  ...rule,
  name: ruleName(rule, language),
  todo: rule.runbook ?? todoOf(rule.id, language),
})
export const rehearsalInWords = (rehearsal: Rehearsal, language: Language): Rehearsal => ({
  ...rehearsal,
  text: rehearsalText(rehearsal, language),
  remarks: rehearsal.unrehearsed.map((remark) => unrehearsedText(remark, language)),
})

export const remedyActInWords = (acted: RemedyActed, language: Language): RemedyActed => ({ ...acted, text: remedyActText(acted, language) })

export const remedyRehearsalInWords = (rehearsal: RemedyRehearsal, language: Language): RemedyRehearsal => ({
  ...rehearsal,
  text: remedyRehearsalText(rehearsal, language),
  remarks: rehearsal.unrehearsed.map((remark) => unrehearsedText(remark, language)),
})

export const remedyInWords = (remedy: RemedyOfRule, language: Language): RemedyOfRule => ({
  ...remedy,
  rehearsed: remedy.rehearsed && remedyRehearsalInWords(remedy.rehearsed, language),
  last: remedy.last && remedyActInWords(remedy.last, language),
})

export const beyondInWords = (beyond: BeyondNow, language: Language): BeyondNow => ({ ...beyond, text: beyondText(beyond, language) })

/** For the test of a channel. */
export const sendingInWords = <Asked extends { readonly failure: SendFailure | null }>(asked: Asked, language: Language): Asked =>
  asked.failure === null ? asked : { ...asked, words: sendFailureText(asked.failure, language) }

export const channelInWords = (channel: Channel, language: Language): Channel => ({
  ...sendingInWords(channel, language),
  tests: channel.tests.map((test) => sendingInWords(test, language)),
  lastRefused: channel.lastRefused && sendingInWords(channel.lastRefused, language),
})

export const readinessInWords = (readiness: Readiness, language: Language): Readiness => ({
  ...readiness,
  heartbeat: readiness.heartbeat && sendingInWords(readiness.heartbeat, language),
})

/** For maintenance windows and a preview of them. */
export const maintenanceInWords = <Asked extends { readonly problem: CalendarProblem | null }>(asked: Asked, language: Language): Asked =>
  asked.problem === null ? asked : { ...asked, words: calendarText(asked.problem, language) }

export const streamInWords = <Facts extends StreamFacts>(facts: Facts, language: Language): Facts => ({
  ...facts,
  reason: reasonTextOrNull(facts.why, language),
})

export const usualInWords = (usual: Usual, language: Language): Usual => ({ ...usual, text: usualText(usual, language) })

export const helloInWords = (hello: Hello, language: Language): Hello => ({
  ...hello,
  secrets: { ...hello.secrets, words: secretsText(hello.secrets.kept, language) },
})

export const diagnosisInWords = (diagnosis: Diagnosis, language: Language): Diagnosis => ({
  ...diagnosis,
  findings: diagnosis.findings.map((finding) => ({ ...finding, words: findingText(finding, language) })),
  ...(diagnosis.verdict !== null && { words: verdictText(diagnosis.verdict, language) }),
})

export const playabilityInWords = (playability: Playability, language: Language): Playability => ({
  ...playability,
  rows: playability.rows.map((row) => ({ ...row, words: row.reasons.map((reason) => playabilityReasonText(reason, language)) })),
})

export const serverInWords = (server: Server, language: Language): Server => ({
  ...server,
  warnings: server.cautions.map((caution) => cautionText(caution, language)),
})

export const storeInWords = (figures: StoreFigures, language: Language): StoreFigures => ({
  ...figures,
  setAside: figures.setAside.map((aside) => ({ ...aside, words: setAsideText(aside.damage, language) })),
  trouble: figures.why === null ? null : consoleTroubleText(figures.why, language),
})

export const changesInWords = (changes: FleetChanges, language: Language): FleetChanges => ({
  ...changes,
  streams: changes.streams.map((facts) => streamInWords(facts, language)),
  servers: changes.servers.map((server) => serverInWords(server, language)),
  alarms: changes.alarms?.map((alarm) => alarmInWords(alarm, language)) ?? null,
  incidents: changes.incidents?.map((incident) => incidentInWords(incident, language)) ?? null,
  consoleTrouble: reasonTextOrNull(changes.consoleWhy, language),
})

export const sizingInWords = (sizing: Sizing, language: Language): Sizing => ({
  ...sizing,
  words: sizing.why === null ? null : sizingWhyText(sizing.why, language),
  perStream: sizing.perStream === null ? null : { ...sizing.perStream, formula: perStreamText(sizing.perStream, language) },
  limits: sizing.limits.map((limit) => ({ ...limit, formula: limitText(limit.what, limit.basis, language) })),
})

export const connectionTestInWords = (test: ConnectionTest, language: Language): ConnectionTest => ({
  ...test,
  steps: test.steps.map((step) => {
    const { what, todo } = stepText(step, language)
    return { ...step, words: joined(what, todo) }
  }),
  mediamtxYml: ymlText(test.lines, language),
})

export const toolsInWords = (tools: PictureTools, language: Language): PictureTools => ({
  ...tools,
  words: tools.problem === null ? null : toolProblemText(tools.problem, language),
})

/** Why snapshots are not taken. */
export const snapshotsInWords = (status: SnapshotStatus, language: Language): SnapshotStatus => ({
  ...status,
  words: status.why && pictureText(status.why, language),
  halts: status.halts.map((halt) => ({ ...halt, words: pictureText(halt.why, language) })),
})

/** What was found of a camera, and before. */
export const dailyCameraInWords = (camera: DailyCamera, language: Language): DailyCamera => ({
  ...camera,
  words: dailyCameraTexts(camera, language),
  before: camera.before && { ...camera.before, words: dailyCameraTexts(camera.before, language) },
})
export const dailyStatusInWords = (status: DailyStatus, language: Language): DailyStatus => ({
  ...status,
  words: status.why && pictureText(status.why, language),
})

/** Why a probe can't be read. */
export const probeInWords = (probe: Probe, language: Language): Probe => ({ ...probe, words: probe.why && pictureText(probe.why, language) })
export const probesInWords = (status: ProbeStatus, language: Language): ProbeStatus => ({ ...status, words: status.why && pictureText(status.why, language) })
export const probeTestInWords = (test: TestedProbe, language: Language): TestedProbe => ({ ...test, words: test.why && pictureText(test.why, language) })
/** Why a test signal is not published, or not read by a protocol. */
export const canaryInWords = (canary: Canary, language: Language): Canary => ({
  ...canary,
  words: canary.error && canaryErrorWords(canary.error, canary.publishBy, language),
  readers: canary.readers.map((reader) => ({ ...reader, words: reader.error && canaryErrorWords(reader.error, reader.protocol, language) })),
})
/** Why another console can't be read. */
export const vantageInWords = (vantage: Vantage, language: Language): Vantage => ({
  ...vantage,
  words: vantage.error && vantageErrorWords(vantage.error, language),
})
export const findingInWords = (shown: ShownFinding, language: Language): ShownFinding => ({ ...shown, ...configurationFindingWords(shown.finding, language) })
export const upgradeInWords = (upgrade: ConfigurationUpgrade, language: Language): ConfigurationUpgrade => ({
  ...upgrade,
  changes: upgrade.changes.map(({ change }) => ({ change, text: upgradeChangeText(change, language) })),
})
/** Why a server did not do, or tell, what it was asked. */
export function failedInWords<Asked extends { readonly error: ServerError | null }>(asked: Asked, language: Language): Asked {
  if (asked.error === null) return asked
  const { what, todo } = serverErrorWords(asked.error, language)
  return { ...asked, words: joined(what, todo) }
}
/** Why recordings of servers are not known. */
export const recordingsInWords = (list: RecordingList, language: Language): RecordingList => ({
  ...list,
  servers: list.servers.map((server) => failedInWords(server, language)),
})
/** What a change of path settings interrupts, and how long it lasts. */
export const pathPreviewInWords = (preview: PathPreview, language: Language): PathPreview => ({ ...preview, words: pathPreviewTexts(preview, language) })
/** What is wrong in a list of probes. */
export const importInWords = (imported: ImportedProbes, language: Language): ImportedProbes => ({
  ...imported,
  mistakes: imported.mistakes.map((one) => ({ ...one, words: mistakeText(one.mistake, language) })),
})

export const webrtcHealthInWords = (health: WebrtcHealth, language: Language): WebrtcHealth => ({
  ...health,
  servers: health.servers.map((standing) => whyInWords(standing, language)),
})

/** For what has a reason of pictures and nothing else to say. */
export const whyInWords = <Asked extends { readonly why: PictureReason | null }>(asked: Asked, language: Language): Asked => ({
  ...asked,
  words: asked.why === null ? null : pictureText(asked.why, language),
})
