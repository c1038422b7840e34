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

export function eventInWords(event: DeckEvent, language: Language): DeckEvent {
  return { ...event, text: eventText(event, language) }
}

/** For a host or a host test. */
export function hostInWords<Asked extends { readonly error: z.infer<typeof hostErrorSchema> | null }>(host: Asked, language: Language): Asked {
  return host.error === null ? host : { ...host, error: { ...host.error, words: hostErrorText(host.error, language) } }
}

export function troubleInWords(trouble: TroubleReport, language: Language): TroubleReport {
  return { ...trouble, ...troubleWords(trouble, language) }
}

export function alarmInWords<Asked extends Alarm>(alarm: Asked, language: Language): Asked {
  return { ...alarm, ...troubleWords(alarm, language) }
}

export function incidentInWords<Asked extends Incident>(incident: Asked, language: Language): Asked {
  const { cause, todo } = incidentWords(incident, language)
  return { ...incident, title: incidentTitle(incident, language), cause, text: joined(cause, todo), todo }
}
export function ruleInWords(rule: Rule, language: Language): Rule {
  return {
    ...rule,
    name: ruleName(rule, language),
    todo: rule.runbook ?? todoOf(rule.id, language),
  }
}
export function rehearsalInWords(rehearsal: Rehearsal, language: Language): Rehearsal {
  return {
    ...rehearsal,
    text: rehearsalText(rehearsal, language),
    remarks: rehearsal.unrehearsed.map((remark) => unrehearsedText(remark, language)),
  }
}

export function remedyActInWords(acted: RemedyActed, language: Language): RemedyActed {
  return { ...acted, text: remedyActText(acted, language) }
}

export function remedyRehearsalInWords(rehearsal: RemedyRehearsal, language: Language): RemedyRehearsal {
  return {
    ...rehearsal,
    text: remedyRehearsalText(rehearsal, language),
    remarks: rehearsal.unrehearsed.map((remark) => unrehearsedText(remark, language)),
  }
}

export function remedyInWords(remedy: RemedyOfRule, language: Language): RemedyOfRule {
  return {
    ...remedy,
    rehearsed: remedy.rehearsed && remedyRehearsalInWords(remedy.rehearsed, language),
    last: remedy.last && remedyActInWords(remedy.last, language),
  }
}

export function beyondInWords(beyond: BeyondNow, language: Language): BeyondNow {
  return { ...beyond, text: beyondText(beyond, language) }
}

/** For the test of a channel. */
export function sendingInWords<Asked extends { readonly failure: SendFailure | null }>(asked: Asked, language: Language): Asked {
  return asked.failure === null ? asked : { ...asked, words: sendFailureText(asked.failure, language) }
}

export function channelInWords(channel: Channel, language: Language): Channel {
  return {
    ...sendingInWords(channel, language),
    tests: channel.tests.map((test) => sendingInWords(test, language)),
    lastRefused: channel.lastRefused && sendingInWords(channel.lastRefused, language),
  }
}

export function readinessInWords(readiness: Readiness, language: Language): Readiness {
  return {
    ...readiness,
    heartbeat: readiness.heartbeat && sendingInWords(readiness.heartbeat, language),
  }
}

/** For maintenance windows and a preview of them. */
export function maintenanceInWords<Asked extends { readonly problem: CalendarProblem | null }>(asked: Asked, language: Language): Asked {
  return asked.problem === null ? asked : { ...asked, words: calendarText(asked.problem, language) }
}

export function streamInWords<Facts extends StreamFacts>(facts: Facts, language: Language): Facts {
  return {
    ...facts,
    reason: reasonTextOrNull(facts.why, language),
  }
}

export function usualInWords(usual: Usual, language: Language): Usual {
  return { ...usual, text: usualText(usual, language) }
}

export function helloInWords(hello: Hello, language: Language): Hello {
  return {
    ...hello,
    secrets: { ...hello.secrets, words: secretsText(hello.secrets.kept, language) },
  }
}

export function diagnosisInWords(diagnosis: Diagnosis, language: Language): Diagnosis {
  return {
    ...diagnosis,
    findings: diagnosis.findings.map((finding) => ({ ...finding, words: findingText(finding, language) })),
    ...(diagnosis.verdict !== null && { words: verdictText(diagnosis.verdict, language) }),
  }
}

export function playabilityInWords(playability: Playability, language: Language): Playability {
  return {
    ...playability,
    rows: playability.rows.map((row) => ({ ...row, words: row.reasons.map((reason) => playabilityReasonText(reason, language)) })),
  }
}

export function serverInWords(server: Server, language: Language): Server {
  return {
    ...server,
    warnings: server.cautions.map((caution) => cautionText(caution, language)),
  }
}

export function storeInWords(figures: StoreFigures, language: Language): StoreFigures {
  return {
    ...figures,
    setAside: figures.setAside.map((aside) => ({ ...aside, words: setAsideText(aside.damage, language) })),
    trouble: figures.why === null ? null : consoleTroubleText(figures.why, language),
  }
}

export function changesInWords(changes: FleetChanges, language: Language): FleetChanges {
  return {
    ...changes,
    streams: changes.streams.map((facts) => streamInWords(facts, language)),
    servers: changes.servers.map((server) => serverInWords(server, language)),
    alarms: changes.alarms?.map((alarm) => alarmInWords(alarm, language)) ?? null,
    incidents: changes.incidents?.map((incident) => incidentInWords(incident, language)) ?? null,
    consoleTrouble: reasonTextOrNull(changes.consoleWhy, language),
  }
}

export function sizingInWords(sizing: Sizing, language: Language): Sizing {
  return {
    ...sizing,
    words: sizing.why === null ? null : sizingWhyText(sizing.why, language),
    perStream: sizing.perStream === null ? null : { ...sizing.perStream, formula: perStreamText(sizing.perStream, language) },
    limits: sizing.limits.map((limit) => ({ ...limit, formula: limitText(limit.what, limit.basis, language) })),
  }
}

export function connectionTestInWords(test: ConnectionTest, language: Language): ConnectionTest {
  return {
    ...test,
    steps: test.steps.map((step) => {
      const { what, todo } = stepText(step, language)
      return { ...step, words: joined(what, todo) }
    }),
    mediamtxYml: ymlText(test.lines, language),
  }
}

export function toolsInWords(tools: PictureTools, language: Language): PictureTools {
  return {
    ...tools,
    words: tools.problem === null ? null : toolProblemText(tools.problem, language),
  }
}

/** Why snapshots are not taken. */
export function snapshotsInWords(status: SnapshotStatus, language: Language): SnapshotStatus {
  return {
    ...status,
    words: status.why && pictureText(status.why, language),
    halts: status.halts.map((halt) => ({ ...halt, words: pictureText(halt.why, language) })),
  }
}

/** What was found of a camera, and before. */
export function dailyCameraInWords(camera: DailyCamera, language: Language): DailyCamera {
  return {
    ...camera,
    words: dailyCameraTexts(camera, language),
    before: camera.before && { ...camera.before, words: dailyCameraTexts(camera.before, language) },
  }
}
export function dailyStatusInWords(status: DailyStatus, language: Language): DailyStatus {
  return {
    ...status,
    words: status.why && pictureText(status.why, language),
  }
}

/** Why a probe can't be read. */
export function probeInWords(probe: Probe, language: Language): Probe {
  return { ...probe, words: probe.why && pictureText(probe.why, language) }
}
export function probesInWords(status: ProbeStatus, language: Language): ProbeStatus {
  return { ...status, words: status.why && pictureText(status.why, language) }
}
export function probeTestInWords(test: TestedProbe, language: Language): TestedProbe {
  return { ...test, words: test.why && pictureText(test.why, language) }
}
/** Why a test signal is not published, or not read by a protocol. */
export function canaryInWords(canary: Canary, language: Language): Canary {
  return {
    ...canary,
    words: canary.error && canaryErrorWords(canary.error, canary.publishBy, language),
    readers: canary.readers.map((reader) => ({ ...reader, words: reader.error && canaryErrorWords(reader.error, reader.protocol, language) })),
  }
}
/** Why another console can't be read. */
export function vantageInWords(vantage: Vantage, language: Language): Vantage {
  return {
    ...vantage,
    words: vantage.error && vantageErrorWords(vantage.error, language),
  }
}
export function findingInWords(shown: ShownFinding, language: Language): ShownFinding {
  return { ...shown, ...configurationFindingWords(shown.finding, language) }
}
export function upgradeInWords(upgrade: ConfigurationUpgrade, language: Language): ConfigurationUpgrade {
  return {
    ...upgrade,
    changes: upgrade.changes.map(({ change }) => ({ change, text: upgradeChangeText(change, language) })),
  }
}
/** Why a server did not do, or tell, what it was asked. */
export function failedInWords<Asked extends { readonly error: ServerError | null }>(asked: Asked, language: Language): Asked {
  if (asked.error === null) return asked
  const { what, todo } = serverErrorWords(asked.error, language)
  return { ...asked, words: joined(what, todo) }
}
/** Why recordings of servers are not known. */
export function recordingsInWords(list: RecordingList, language: Language): RecordingList {
  return {
    ...list,
    servers: list.servers.map((server) => failedInWords(server, language)),
  }
}
/** What a change of path settings interrupts, and how long it lasts. */
export function pathPreviewInWords(preview: PathPreview, language: Language): PathPreview {
  return { ...preview, words: pathPreviewTexts(preview, language) }
}
/** What is wrong in a list of probes. */
export function importInWords(imported: ImportedProbes, language: Language): ImportedProbes {
  return {
    ...imported,
    mistakes: imported.mistakes.map((one) => ({ ...one, words: mistakeText(one.mistake, language) })),
  }
}

export function webrtcHealthInWords(health: WebrtcHealth, language: Language): WebrtcHealth {
  return {
    ...health,
    servers: health.servers.map((server) => whyInWords(server, language)),
  }
}

/** For what has a reason of pictures and nothing else to say. */
export function whyInWords<Asked extends { readonly why: PictureReason | null }>(asked: Asked, language: Language): Asked {
  return {
    ...asked,
    words: asked.why === null ? null : pictureText(asked.why, language),
  }
}
