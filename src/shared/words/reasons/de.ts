import { formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { figuresIn } from '../metricText.ts'
import { sayIn } from '../say.ts'
import type { ReasonWords } from './reasonWords.ts'

const say = sayIn('de')
const { labelOf, figure, changed } = figuresIn('de')
const lookAround = 'Sehen Sie nach dem Rechner und dem Netz.'

/** Reasons that are a state alone. */
const states = {
  stream: {
    live: 'Der Stream ist auf Sendung.',
    slate: 'Die Tafel ist auf Sendung.',
    waiting: 'Der Stream wartet: Niemand sendet.',
    stalled: 'Verbunden, aber es kommen keine Daten.',
    gone: 'Der Stream ist weg.',
    unknown: 'Der Zustand ist unbekannt.',
    ended: 'Der Stream ist beendet.',
  },
  server: {
    down: 'Der Server antwortet nicht.',
    halted: 'Die Abfrage ist angehalten: Die Zugangsdaten werden abgewiesen.',
    paused: 'Die Abfrage ist angehalten.',
    unknown: 'Der Zustand ist unbekannt.',
  },
  host: {
    down: 'Der Rechner lässt sich nicht lesen.',
    waiting: 'Der Rechner verweigert den Zugang.',
    paused: 'Das Lesen ist angehalten.',
  },
}

function listed(paths: readonly string[], all: number): string {
  const named = paths.slice(0, 10)
  return `${named.join(', ')}${all > named.length ? ` und ${say.number(all - named.length)} weitere` : ''}`
}

export const de: Rest<ReasonWords> = {
  reasons: {
    senderLeft: ({ pulled }) => (pulled ? 'Die Quelle fiel aus.' : 'Der Sender hat sich getrennt.'),
    packetsLost: ({ count, estimated }) =>
      `In der letzten Minute gingen ${estimated ? 'etwa ' : ''}${say.count(count, { one: 'Paket', other: 'Pakete' })} endgültig verloren${estimated ? ' (geschätzt)' : ''}.`,
    offUsual: ({ metric, value }) => `${labelOf(metric)}: ${figure(value, metric, null)}.`,
    changedFast: ({ metric, per, change, isRelative, withinMs, limit }) => {
      const amount = (by: number) => changed(Math.abs(by), metric, isRelative ? '%' : per)
      return `${labelOf(metric)} ${change < 0 ? 'fiel' : 'stieg'} innerhalb von ${say.duration(withinMs)} um ${amount(change)}; die Grenze ist ${amount(limit)}.`
    },
    figureAbsent: ({ metric }) => `${labelOf(metric)}: Es gibt keinen Messwert.`,
    streamsAbsent: ({ patterns }) => `Nicht auf Sendung: ${patterns.join(', ')}.`,
    streamInState: ({ state }) => states.stream[state],
    serverInState: ({ state }) => states.server[state],
    hostInState: ({ state }) => states.host[state],
    flapping: ({ losses, withinMs }) => `Es flattert: ${say.number(losses)}-mal weg und wieder da innerhalb von ${formatSpan(withinMs, 'de')}.`,
    streamsLost: ({ lost, of, isReturn, paths }) =>
      `${say.number(lost)} von ${say.count(of, { one: 'Stream', other: 'Streams' })} ${isReturn ? 'nach dem Serverausfall nicht zurück' : 'binnen einer Minute verloren'}: ${listed(paths, lost)}.`,
    pollingSlowed: ({ askedSeconds, everySeconds, bytes }) =>
      `Wird alle ${say.duration(everySeconds * 1000)} statt alle ${say.duration(askedSeconds * 1000)} abgefragt: Seine Antworten haben ${say.size(bytes, 'MB')}, und öfter kostete es ihn mehr CPU, als eine Konsole kosten darf.`,
    messageRefused: ({ channels }) => `Eine Meldung über einen Alarm ist beiseitegelegt: ${channels.join(', ')} nahm sie nicht an.`,
    channelUnreachable: ({ channels }) => `Meldungen über Alarme warten, weil ${channels.join(', ')} nicht erreichbar ist.`,
    channelPaused: ({ channels, since }) =>
      `Meldungen über ${channels.join(', ')} sind seit ${say.moment(since)} pausiert, und es warten welche. Falls das vergessen wurde: unter Alarme › Kanäle fortsetzen.`,
    drillFailed: ({ channels }) => `Die Übung erreichte ${channels.join(', ')} nicht.`,
  },
  limits: {
    is: (label, figure) => `${label}: ${figure}`,
    multiple: (label, times, per) => `${label}: ${times} × ${per}`,
    said: {
      'path.notRecorded': (time) => `Keine Aufzeichnung, seit ${time}`,
      'path.lossMs': (time) => `Paketverlust, seit ${time}`,
      'probe.blackMs': (time) => `Schwarzbild, seit ${time}`,
      'probe.oneColourMs': (time) => `Einfarbiges Bild, seit ${time}`,
      'probe.colourBarsMs': (time) => `Farbbalken, seit ${time}`,
      'probe.frozenMs': (time) => `Standbild, seit ${time}`,
      'probe.noMotionMs': (time) => `Keine Bewegung, seit ${time}`,
      'probe.silentMs': (time) => `Kein Ton, seit ${time}`,
      'path.recordingMissing': (time) => `${time} der letzten Stunde fehlen in den Aufzeichnungen`,
      'path.framesInError': (count) => `Fehlerhafte Bilder: bis zu ${count} je Abfrage`,
      'path.framesDiscarded': (count) => `Verworfene Bilder, weil Leser zu langsam sind: bis zu ${count} je Abfrage`,
      'path.forwardsFailing': (count, value) => (value === 1 ? '1 Weiterleitungsziel ist gestört' : `Bis zu ${count} Weiterleitungsziele sind gestört`),
      'path.readers': (_, value) => (value === 0 ? 'Niemand liest' : say.count(value, { other: 'Leser' })),
      'path.people': (count, value) => (value === 0 ? 'Niemand schaut zu; Maschinen zählen nicht' : `Zuschauer: ${count}`),
      'server.certificateDays': (_, value) => {
        const days = (count: number) => say.count(Math.floor(count), { one: 'Tag', other: 'Tagen' })
        if (value < 0) return `Das Zertifikat ist vor ${days(-value)} abgelaufen`
        return value < 1 ? 'Das Zertifikat läuft innerhalb eines Tages ab' : `Das Zertifikat läuft in ${days(value)} ab`
      },
      'server.clockSkew': (time, value) => `Die Uhr geht ${time} ${value < 0 ? 'nach' : 'vor'}`,
      'host.clockSkew': (time, value) => `Die Uhr geht ${time} ${value < 0 ? 'nach' : 'vor'}`,
      'host.udpBufferErrors': (rate) => `Volle Empfangspuffer verwerfen UDP-Pakete: bis zu ${rate}`,
      'device.used': (share) => `${share} belegt`,
      'probe.elsewhereUp': (share, value) =>
        value === 0 ? 'Keine andere Konsole kann den Stream lesen' : `Nur ${share} der anderen Konsolen können den Stream lesen`,
      'probe.gopLongestMs': (time) => `Keyframes bis zu ${time} auseinander`,
      'probe.clipped': (share) => `${share} des Tons sind übersteuert`,
      'probe.loudnessOffset': (by, value) => `${by} ${value < 0 ? 'leiser' : 'lauter'} als das Ziel`,
      'probe.tsErrors': (count) => `TS-Fehler der Priorität 1: bis zu ${count} je Messung`,
      'probe.differences': (_, value) => `${say.count(value, { one: 'Eigenschaft weicht', other: 'Eigenschaften weichen' })} vom Vertrag ab`,
      'probe.audioAhead': (time, value) => `Der Ton ist ${time} ${value < 0 ? 'hinter dem' : 'vor dem'} Bild`,
      'probe.canaryDelay': (time) => `Das Testsignal kommt ${time} verspätet an`,
      'probe.canarySoundAhead': (time, value) => `Der Ton des Testsignals ist ${time} ${value < 0 ? 'hinter dem' : 'vor dem'} Bild`,
    },
    plain: (clause) => `${clause}.`,
    withLimit: (clause, limit) => `${clause}; der Grenzwert ist ${limit}.`,
    latency: (times) => `Die SRT-Latenz beträgt ${times} × Umlaufzeit; unter 3 × gehen Pakete verloren.`,
    heals: (label, side, figure) => `Behoben nur, wenn auch dies gilt: ${label} ${side === 'below' ? 'unter' : 'über'} ${figure}.`,
  },
  todo: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
  },
}
