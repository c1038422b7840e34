import { formatSpan } from '../../units.ts'
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
    paused: 'Die Abfrage pausiert.',
    unknown: 'Der Zustand ist unbekannt.',
  },
  host: {
    down: 'Der Host lässt sich nicht lesen.',
    waiting: 'Der Host verweigert den Zugang.',
    paused: 'Das Lesen pausiert.',
  },
}

export const de: ReasonWords = {
  reasons: {
    onDemand: () => 'Startet, sobald jemand liest.',
    notBack: () => 'Der Sender ist noch nicht wieder da.',
    judgedSoon: () => 'Weggegangen; ob der Stream auf Sendung sein müsste, steht nach der neuesten Konfiguration in wenigen Sekunden fest.',
    goneBefore: () => 'Weg, seit bevor diese Konsole startete.',
    noData: () => 'Verbunden, aber es kommen keine Daten an.',
    senderLeft: ({ pulled }) => (pulled ? 'Die Quelle fiel aus.' : 'Der Sender hat sich getrennt.'),
    sourceFailed: () => 'Die Quelle fiel aus, während gelesen wurde.',
    notPulled: () => 'Der Server kann die Quelle nicht abrufen.',
    notKept: () => 'Was damals darüber bekannt war, ist nicht aufbewahrt.',
    packetsLost: ({ count, estimated }) =>
      `In der letzten Minute gingen ${estimated ? 'etwa ' : ''}${say.count(count, { one: 'Paket', other: 'Pakete' })} endgültig verloren${estimated ? ' (geschätzt)' : ''}.`,
    noAnswer: () => 'Der Server antwortet nicht.',
    limitCrossed: ({ metric, per, side, value, limit, clearWhen }) => {
      const heals =
        clearWhen === undefined
          ? ''
          : ` Behoben nur, wenn auch dies gilt: ${labelOf(clearWhen.metric)} ${clearWhen.side === 'below' ? 'unter' : 'über'} ${figure(clearWhen.limit, clearWhen.metric, null)}.`
      // Where any is too much, the limit says nothing.
      const crossed =
        limit === 0 && metric === 'path.forwardsFailing'
          ? value === 1
            ? '1 Weiterleitungsziel ist gestört.'
            : `Bis zu ${say.number(value)} Weiterleitungsziele sind gestört.`
          : limit === 0
            ? `${labelOf(metric)}: schlimmstenfalls ${figure(value, metric, per)}.`
            : `${labelOf(metric)}: ${side === 'below' ? 'gefallen' : 'gestiegen'} auf ${figure(value, metric, per)}, Grenzwert ${figure(limit, metric, per)}.`
      return `${crossed}${heals}`
    },
    offUsual: ({ metric, side, value }) => `${labelOf(metric)}: ${side === 'below' ? 'gefallen' : 'gestiegen'} auf ${figure(value, metric, null)}.`,
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
    diskFilling: ({ mount, fullAt }) => `Beim jetzigen Zuwachs ist ${mount} bis ${say.moment(fullAt)} voll.`,
    pollingSlowed: ({ askedSeconds, everySeconds, bytes }) =>
      `Wird alle ${say.duration(everySeconds * 1000)} statt alle ${say.duration(askedSeconds * 1000)} abgefragt: Seine Antworten haben ${say.size(bytes, 'MB')}, und öfter kostete es ihn mehr CPU, als eine Konsole kosten darf.`,
    apiOpen: () => 'Seine API antwortet jedem, der sie erreicht, ohne Passwort.',
    messageRefused: ({ channels }) => `Eine Meldung über einen Alarm ist beiseitegelegt: ${channels.join(', ')} nahm sie nicht an.`,
    channelUnreachable: ({ channels }) => `Meldungen über Alarme warten, weil ${channels.join(', ')} nicht erreichbar ist.`,
    mediaFailing: () => 'Diese Konsole kann keine Streams lesen: die Messpunkte sind unbekannt, und es werden keine Bilder gemacht.',
    drillFailed: ({ channels }) => `Die Übung erreichte ${channels.join(', ')} nicht.`,
    serverDown: () => 'Sein Server antwortet nicht.',
    serverHalted: () => 'Die Abfrage seines Servers ist angehalten: Die Zugangsdaten werden abgewiesen.',
    serverPaused: () => 'Die Abfrage seines Servers pausiert.',
    notAsked: () => 'Sein Server wurde noch nicht abgefragt.',
    consoleAway: () => 'Diese Konsole schlief oder hatte kein Netz.',
    notRunning: ({ from, to }) => `Zu diesem Zeitpunkt wurde nichts aufgezeichnet: mtxdeck lief nicht von ${say.moment(from)} bis ${say.moment(to)}.`,
    slept: ({ from, to }) => `Zu diesem Zeitpunkt wurde nichts aufgezeichnet: Diese Konsole schlief von ${say.moment(from)} bis ${say.moment(to)}.`,
    notRecorded: () => 'Zu diesem Zeitpunkt wurde nichts aufgezeichnet.',
    nothingKept: () => 'Von diesem Zeitpunkt ist nichts aufbewahrt.',
  },
  todo: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
    streamGone: 'Prüfen Sie Encoder oder Kamera und deren Netz.',
    streamStalled: 'Der Sender oder sein Netz hängt: Starten Sie den Encoder neu.',
    slateOnAir: 'Starten Sie den Sender.',
    onDemandFailed: 'Prüfen Sie, ob die Kamera antwortet; der nächste Leser startet sie erneut.',
    sourceFailing: 'Prüfen Sie die Quelladresse in mediamtx.yml und ob die Kamera antwortet.',
    packetsLost: 'Prüfen Sie das Netz zwischen Sender und Server und ob der Server selbst stand; erhöhen Sie bei SRT die Latenz.',
  },
}
