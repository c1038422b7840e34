import { formatValue } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { begun } from '../texts.ts'
import type { CauseWords } from './causeWords.ts'

const say = sayIn('de')
const percent = (value: number) => formatValue(value, 'percent', 'de')
const list = new Intl.ListFormat('de')
const packets = (count: number) => say.count(count, { one: 'Paket', other: 'Pakete' })

export const de: Rest<CauseWords> = {
  causes: {
    publisherClosed: ({ bps }) => `der Sender hat ihn beendet: Bis dahin kamen ${formatValue(bps, 'bps', 'de')} an, und nichts ging verloren`,
    network: ({ lost, repaired, rttMs, latencyMs, windowMs }) =>
      `sein Netz: in ${say.duration(windowMs)} ${list.format([
        ...(lost > 0 ? [`${packets(lost)} verloren`] : []),
        ...(repaired > 0 ? [`${packets(repaired)} noch einmal gesendet`] : []),
      ])}${rttMs === null || latencyMs === null ? '' : `, bei ${formatValue(rttMs, 'ms', 'de')} Umlaufzeit und ${formatValue(latencyMs, 'ms', 'de')} Latenz`}`,
    unrecordable: ({ format, codecs }) => `keine seiner Spuren lässt sich als ${format} aufzeichnen: ${list.format(codecs)}`,
    processEnded: ({ pid, next }) => `der Prozess ${pid} des Medienservers endete${next === null ? '' : `, Prozess ${next} trat an seine Stelle`}`,
    hostBusy: ({ cpu }) => `sein Host ist ausgelastet: CPU ${percent(cpu)}`,
    udpErrors: ({ perSecond }) => `sein Host verwirft, was über UDP kommt: ${say.number(Math.round(perSecond * 10) / 10)} Pufferfehler pro Sekunde`,
    diskBusy: ({ iowait }) => `sein Host wartet ${percent(iowait)} der Zeit auf Datenträger`,
    diskFull: ({ mount, used }) => `der Datenträger ${mount} ist zu ${percent(used)} voll`,
    framesDiscarded: ({ frames, windowMs }) =>
      `seine Empfänger sind zu langsam: in ${say.duration(windowMs)} ${say.count(frames, { one: 'Bild', other: 'Bilder' })} verworfen`,
    othersLive: ({ live }) => `andere Streams des Servers, die live sind: ${say.number(live)}`,
    readElsewhere: ({ at }) => `${list.format(at)} kann ihn lesen, der Fehler liegt also auf dem Weg zu dieser Konsole`,
    downElsewhere: ({ at }) => `auch ${list.format(at)} kann ihn nicht lesen`,
    canaryReadBy: ({ server, by }) => `der Canary von ${server} ist über ${list.format(by)} lesbar, der Fehler liegt also an den anderen Protokollen`,
    canaryReadByNone: ({ server, by }) => `der Canary von ${server} wird veröffentlicht, ist aber über keines dieser Protokolle lesbar: ${list.format(by)}`,
    hostFine: ({ cpu }) => `sein Host ist nicht ausgelastet: CPU ${percent(cpu)}`,
  },
  sure: { seen: (clause) => clause, likely: (clause) => `${clause} (wahrscheinlich)`, possible: (clause) => `${clause} (möglich)` },
  sentence: (clauses) => `${begun(clauses.join('; '))}.`,
}
