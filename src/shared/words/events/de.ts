import { settingChangeText } from '../../configurationLevels.ts'
import { isReconnect } from '../../events.ts'
import type { PathEditOutcome } from '../../pathChanges.ts'
import type { Rest } from '../catalogue.ts'
import { verdictText } from '../diagnosisText.ts'
import { hostErrorWhat, serverErrorWords } from '../errorText.ts'
import { fileFaultsText } from '../fileFaultText.ts'
import { isPulled, mediaWords, protocolWord } from '../media.ts'
import { pictureText } from '../pictureText.ts'
import { actReasonText, remedyActText } from '../remedyText.ts'
import { sayIn } from '../say.ts'
import { where } from '../texts.ts'
import { configurationCounts, damageWords, type EventWords, firstMistake, kindsWords, type Lasted, type Reader, type Sender, type Went } from './eventWords.ts'

const say = sayIn('de')
const streamsOf = (count: number) => say.count(count, { one: 'Stream', other: 'Streams' })
const inRow = (names: readonly string[], more: number) => `${names.join(', ')}${more > 0 ? ` und ${say.number(more)} weitere` : ''}`

function senderOf({ sourceType, remoteAddr }: Sender): string {
  if (isPulled(sourceType)) return `Die ${protocolWord(sourceType ?? '')}-Quelle`
  if (remoteAddr !== null) return `Sender ${remoteAddr}`
  return sourceType === null ? 'Der Sender' : `Der ${protocolWord(sourceType)}-Sender`
}
const midSender = (sender: Sender): string => senderOf(sender).replace(/^D(?=ie |er )/, 'd')
const after = ({ minMs, maxMs }: Lasted) => (minMs === undefined || maxMs === undefined ? '' : ` nach ${say.interval(minMs, maxMs)}`)
const unseenWords = {
  silence: 'während der Server nicht erreichbar war',
  restart: 'beim Neustart des Servers',
  allAtOnce: 'zusammen mit allen anderen des Servers',
}
/** `watching`: who was, where it ended, which are people only. */
function wentText(facts: Went, watching = { one: 'Leser', other: 'Lesern' }): string {
  const sender = senderOf(facts)
  if (facts.onDemand) return `${sender} wurde${after(facts)} gestoppt: kein Leser mehr.`
  if (facts.readersLost !== undefined) {
    const readers = say.count(facts.readersLost, watching)
    return isPulled(facts.sourceType) ? `${sender} fiel${after(facts)} vor ${readers} aus.` : `${sender} hat sich${after(facts)} vor ${readers} getrennt.`
  }
  if (facts.unseen === 'silence') return `${sender} ${isPulled(facts.sourceType) ? 'fiel aus' : 'hat sich getrennt'}, ${unseenWords.silence}.`
  const how = facts.unseen === undefined ? after(facts) : ` ${unseenWords[facts.unseen]}`
  return isPulled(facts.sourceType) ? `${sender} fiel${how} aus.` : `${sender} hat sich${how} getrennt.`
}
const readerOf = ({ type, remoteAddr, muxer }: Reader) =>
  muxer ? `Abruf über ${protocolWord(type)}` : `${protocolWord(type)}-Leser${where(remoteAddr, (host) => ` ${host}`)}`
const storeNames = {
  main: 'Datenbank der Server und Einstellungen',
  history: 'Datenbank des Verlaufs',
  alarms: 'Datenbank der abgeschlossenen Alarme',
  sessions: 'Datenbank der Sitzungen',
}

const pathOutcomes: Readonly<Record<PathEditOutcome, string>> = {
  applied: '',
  partly: ', der Server hat nicht alles übernommen',
  refused: ', der Server hat es abgelehnt',
  unknown: '; ob der Server es übernommen hat, ist nicht bekannt',
}
const kickedWords = {
  publisher: { one: 'Sender', other: 'Sender' },
  reader: { one: 'Leser', other: 'Leser' },
  mixed: { one: 'Sitzung', other: 'Sitzungen' },
}

export const de: Rest<EventWords> = {
  events: {
    serverUp: (facts, { name }) => (facts.minMs === undefined ? `${name} antwortet zum ersten Mal.` : `${name} antwortet${after(facts)} wieder.`),
    serverDown: ({ error, streams }, { name }) =>
      error.kind === 'unauthorized' && !error.tookBefore
        ? `${name} verweigert den Zugriff; die Abfrage ist angehalten.`
        : `${name} ist nicht lesbar: ${serverErrorWords(error, 'de').what}${streams ? ` ${streamsOf(streams)} unbekannt, nicht ausgefallen.` : ''}`,
    serverSilent: ({ minMs, maxMs }, { name }) => `${name} antwortete nicht, Dauer: ${say.interval(minMs, maxMs)}.`,
    serverRestarted: (facts, { name }) =>
      'publishers' in facts
        ? `Alle ${say.number(facts.publishers)} Sender von ${name} haben sich zugleich getrennt oder neu verbunden: Neustart oder Netzunterbrechung.`
        : `${name} wurde neu gestartet${facts.agoMs < 1000 ? '' : ` und lief schon ${say.duration(facts.agoMs)}, als das bemerkt wurde`}.`,
    serverUpgraded: ({ before, after: now }, { name }) => `${name} wechselte von ${before} zu ${now}. Leser werden seither vielleicht anders gezählt.`,
    certificateChanged: ({ after, validTo }, { name }) =>
      `Die API von ${name} zeigt ein anderes Zertifikat (${after.slice(0, 17)}…)${validTo === null ? '' : `, gültig bis ${say.moment(validTo)}`}.`,
    serverConfigurationChanged: ({ setting, before, after, settings }, { name }) =>
      `Konfiguration von ${name}: ${settingChangeText(setting, before, after)}${settings > 1 ? ` und ${say.count(settings - 1, { one: 'weitere Einstellung', other: 'weitere Einstellungen' })}` : ''}.`,
    streamOn: ({ tracks, ...facts }) => {
      const media = where(mediaWords(tracks), (words) => `: ${words}`)
      const away = after(facts)
      return `${senderOf(facts)} ist${away === '' ? ' auf Sendung' : `${away} wieder da`}${media}.`
    },
    streamOff: (facts) => wentText(facts),
    streamEnded: (facts) => wentText(facts, { one: 'Zuschauer', other: 'Zuschauern' }),
    streamStalled: ({ minMs, maxMs, ...facts }) => `Seit ${say.interval(minMs, maxMs)} keine Daten, obwohl ${midSender(facts)} verbunden ist.`,
    streamRecovered: (facts) => `${senderOf(facts)} sendet${after(facts)} wieder Daten.`,
    slateOn: (facts) =>
      facts.left ? `${senderOf(facts)} hat sich${after(facts)} getrennt: Die Tafel ist auf Sendung.` : 'Die Tafel ist auf Sendung: kein Sender.',
    publisherChanged: ({ before, beforeType, after: host, sourceType }) => {
      const [from, to] = [beforeType, sourceType].map((type) => (type === null ? null : protocolWord(type)))
      const protocols = from === to || !from || !to ? '' : `, über ${to} statt ${from}`
      const sender = { sourceType, remoteAddr: host }
      if (isReconnect({ before, after: host, sourceType })) return `${senderOf(sender)} hat sich neu verbunden${protocols}.`
      return before !== null && host !== null
        ? `Der Sender wechselte von ${before} zu ${host}${protocols}.`
        : `Anderer Sender: ${midSender(sender)}${where(before, (was) => `, vorher ${was}`)}${protocols}.`
    },
    codecChanged: ({ before, after: now }) => `Die Spuren wechselten von ${before} zu ${now}.`,
    sizeChanged: ({ before, after: now }) => `Die Bildgröße wechselte von ${before} zu ${now}.`,
    forwardFailing: ({ destinations, all, lastError }) =>
      `Die Weiterleitung an ${inRow(destinations, all - destinations.length)} schlägt fehl${where(lastError, (said) => `; der Server meldet: „${said}“`)}.`,
    forwardRecovered: ({ destinations, all, removed }) => {
      const to = inRow(destinations, all - destinations.length)
      return removed ? `Die Weiterleitung an ${to}, die fehlschlug, ist nicht mehr vorgesehen.` : `Er wird wieder an ${to} weitergeleitet.`
    },
    readerJoined: (facts) => `${readerOf(facts)} ${facts.muxer ? 'begann' : 'ist dazugekommen'}.`,
    readerLeft: (facts) => (facts.muxer ? `${readerOf(facts)} endete${after(facts)}.` : `${readerOf(facts)} hat sich${after(facts)} getrennt.`),
    sessionsKicked: ({ by, sessions, role, addresses, reason }) =>
      `${by} hat ${say.count(sessions, kickedWords[role])} getrennt${addresses.length === 0 ? '' : ` (${inRow(addresses, 0)})`}: ${actReasonText(reason, 'de')}`,
    pathSettingsChanged: ({ by, reason, path, change, setting, before, after, settings, outcome, undone }) =>
      `${by} hat ${undone ? 'eine Änderung von Pfadeinstellungen zurückgenommen' : 'Pfadeinstellungen geändert'}${pathOutcomes[outcome]}: ${
        setting === null ? `${change === 'remove' ? '−' : '+'} paths.${path}` : settingChangeText(`paths.${path}.${setting}`, before, after)
      }${settings > 1 ? ` und ${say.count(settings - 1, { one: 'weitere Einstellung', other: 'weitere Einstellungen' })}` : ''}. Grund: ${actReasonText(reason, 'de')}`,
    diagnosed: ({ by, verdict }) => `Diagnose durch ${by}: ${verdictText(verdict, 'de')}`,
    recordingsDeleted: ({ by, segments, failed, from, to, reason }) =>
      `${by} hat ${say.count(segments, { one: 'aufgezeichnetes Segment', other: 'aufgezeichnete Segmente' })} mit Beginn ${from === to ? say.moment(from) : `von ${say.moment(from)} bis ${say.moment(to)}`} gelöscht${failed === 0 ? '' : ` (${say.number(failed)} ließen sich nicht löschen)`}: ${reason}`,
    remedyActed: ({ rule, ...acted }) => `Eingriff der Regel ${rule}: ${remedyActText(acted, 'de')}`,
    remedyArmed: ({ rule, armed, by, reason }) => `${by} hat den Eingriff der Regel ${rule} ${armed ? 'scharf' : 'unscharf'} gestellt: ${reason}`,
    probeDown: ({ error }, { name }) => `${name} ist nicht lesbar: ${pictureText(error, 'de')}`,
    probeUp: (facts, { name }) => `${name} ist${after(facts)} wieder lesbar.`,
    hostUp: (facts, { name }) => (facts.minMs === undefined ? `${name} ist zum ersten Mal lesbar.` : `${name} ist${after(facts)} wieder lesbar.`),
    hostDown: ({ error }, { name }) => `${name} ist nicht lesbar: ${hostErrorWhat(error, 'de')}`,
    hostKeyChanged: ({ error }, { name }) => `${name}: ${hostErrorWhat(error, 'de')} Es wurden keine Zugangsdaten gesendet.`,
    hostKeyAccepted: ({ target, fingerprint }, { name }) => `${name}: Der neue Schlüssel von ${target ?? name} wurde angenommen, ${fingerprint ?? ''}.`,
    hostRestarted: (_facts, { name }) => `${name} wurde neu gestartet.`,
    mediaServerEnded: ({ pid }, { name }) => `Der Medienserver auf ${name} wurde beendet: Sein Prozess ${pid} läuft nicht mehr.`,
    mediaServerRestarted: ({ pid, before }, { name }) => `Der Medienserver auf ${name} wurde neu gestartet: Prozess ${pid} statt ${before}.`,
    consoleGap: (facts, { at }) => {
      switch (facts.cause) {
        case 'notRunning': {
          const lasted = facts.stopped ? say.duration(at - facts.from) : say.interval(facts.minMs ?? at - facts.from, at - facts.from)
          return `mtxdeck wurde gestartet und war vorher nicht in Betrieb, Dauer: ${lasted}. Aus dieser Zeit ist nichts bekannt.`
        }
        case 'slept':
          return `Diese Konsole schlief ${say.duration(facts.sleptMs)}: Aus dieser Zeit ist nichts bekannt.`
        case 'noNetwork':
          return facts.begins
            ? 'Diese Konsole hat kein Netz: Bis es wieder da ist, ist von ihren Servern nichts bekannt.'
            : 'Diese Konsole sieht ihre Server wieder.'
        default:
          return facts satisfies never
      }
    },
    ruleEdited: ({ rule, by, what }) =>
      `${by} hat ${what === 'removed' ? `die Eingaben zur Regel ${rule} entfernt` : `die Regel ${rule} ${what === 'added' ? 'hinzugefügt' : 'geändert'}`}.`,
    channelEdited: ({ channel, by, what }) =>
      `${by} hat ${channel === null ? 'eine Route für Alarme' : `den Kanal ${channel}`} ${{ added: 'hinzugefügt', changed: 'geändert', removed: 'entfernt', paused: 'pausiert', resumed: 'fortgesetzt' }[what]}.`,
    readinessEdited: ({ part, by, what }) =>
      `${by} hat ${{ heartbeat: 'das Lebenszeichen', drill: 'die Übung', publicUrl: 'die öffentliche Adresse' }[part]} ${{ added: 'hinzugefügt', changed: 'geändert', removed: 'entfernt' }[what]}.`,
    configurationRead: (facts) => {
      const { added, changed, removed } = configurationCounts(facts)
      const part = (verb: string, names: readonly string[], count: number) => (count === 0 ? [] : [`${verb}: ${inRow(names, count - names.length)}`])
      const parts = [...part('neu', facts.added, added), ...part('geändert', facts.changed, changed), ...part('entfernt', facts.removed, removed)]
      return `Die Konfigurationsdatei wurde neu gelesen; ${parts.length === 0 ? 'kein Server und kein Rechner hat sich geändert' : parts.join('; ')}.`
    },
    configurationRefused: ({ first, problems }) =>
      `Die geänderte Konfigurationsdatei ist nicht verwendbar; es gilt weiter, was vorher gelesen wurde. ${firstMistake(first, 'de')}${problems > 1 ? ` (und ${say.number(problems - 1)} weitere)` : ''}`,
    storeDamaged: (facts, context) => damageWords(facts, context),
    valueRefused: (_facts, { path }) =>
      `Der Server sandte ${path === null ? 'einen Wert' : `einen Wert von ${path}`}, der zu groß ist, um wahr zu sein. Er gilt als unbekannt.`,
    tooMuchSent: ({ count, changes, leftOutPaths, kinds }, { name, words }) => {
      const parts = [
        count > 0 ? `${say.count(count, { one: 'Ereignis ist', other: 'Ereignisse sind' })} nicht einzeln aufgeführt (${kindsWords(kinds, words, say)})` : null,
        leftOutPaths > 0 ? `Pfade mit immer neuen Namen wurden ${say.number(leftOutPaths)}-mal ausgelassen` : null,
        changes > 0 ? `von ${say.count(changes, { one: 'Änderung', other: 'Änderungen' })} der Pfade wurden nur die neuesten behalten` : null,
      ].filter((part) => part !== null)
      return `${name} sandte mehr, als von einem Server behalten wird: ${parts.join('; ')}.`
    },
  },
  manyStreams: {
    streamOn: (count, server, list) => `${streamsOf(count)} von ${server} auf Sendung${list}.`,
    streamOff: (count, server, list) => `${streamsOf(count)} von ${server} ausgefallen${list}.`,
    streamEnded: (count, server, list) => `${streamsOf(count)} von ${server} beendet${list}.`,
    streamStalled: (count, server, list) => `${streamsOf(count)} von ${server} ohne Daten${list}.`,
    streamRecovered: (count, server, list) => `${streamsOf(count)} von ${server} wieder da${list}.`,
    slateOn: (count, server, list) => `${streamsOf(count)} von ${server} mit Tafel auf Sendung${list}.`,
    publisherChanged: (count, server, list) => `${streamsOf(count)} von ${server} mit anderem oder neu verbundenem Sender${list}.`,
    codecChanged: (count, server, list) => `${streamsOf(count)} von ${server} mit anderen Spuren${list}.`,
    sizeChanged: (count, server, list) => `${streamsOf(count)} von ${server} mit anderer Bildgröße${list}.`,
    onAirBeyondPlan: (count, server, list) => `${streamsOf(count)} von ${server} außerhalb der Planzeiten auf Sendung${list}.`,
    forwardFailing: (count, server, list) => `Bei ${streamsOf(count)} von ${server} schlägt die Weiterleitung fehl${list}.`,
    forwardRecovered: (count, server, list) => `Bei ${streamsOf(count)} von ${server} schlägt die Weiterleitung nicht mehr fehl${list}.`,
  },
  listed: (names, more) => `: ${inRow(names, more)}`,
  manyReaders: {
    readerJoined: ({ readers, streams }, server) =>
      `${say.number(readers)} Leser sind bei ${say.count(streams, { one: 'Stream', other: 'Streams' })} von ${server} dazugekommen.`,
    readerLeft: ({ readers, streams }, server) =>
      `${say.number(readers)} Leser haben sich von ${say.count(streams, { one: 'Stream', other: 'Streams' })} von ${server} getrennt.`,
  },
  damage: {
    mainLost: ({ gone, setAside, backup }) =>
      `Die ${storeNames.main} ${gone ? 'fehlte' : 'war beschädigt'}.${where(setAside, (file) => ` Was davon da war, liegt daneben als ${file}.`)} ${
        backup === null
          ? 'Es gab keine brauchbare Sicherung, daher wurde eine leere begonnen: Tragen Sie die Server neu ein.'
          : `Die Sicherung ${backup} wurde zurückgespielt: Was danach geändert wurde, fehlt.`
      }`,
    moved: ({ store, file, setAside }) =>
      setAside === null
        ? `Die ${storeNames[store]} (${file}) wurde bei laufendem mtxdeck entfernt. Sie wurde aus dem noch offenen Stand neu geschrieben: Nichts Gespeichertes fehlt.`
        : `Eine andere Datei wurde bei laufendem mtxdeck an die Stelle der ${storeNames[store]} (${file}) gelegt. Sie liegt daneben als ${setAside}, und die ${storeNames[store]} wurde aus dem noch offenen Stand neu geschrieben. Um eine Sicherung zurückzuspielen, beenden Sie mtxdeck zuerst.`,
    movedAtEnd: ({ store, file }) =>
      `Die ${storeNames[store]} (${file}) wurde bei laufendem mtxdeck verschoben, und mtxdeck endete, bevor sie wieder da war. Sie stammt aus der bis dahin gemachten Kopie: Was danach geändert wurde, fehlt.`,
    archive: ({ file, setAside, because }) =>
      `${file} war beschädigt (${fileFaultsText(because, 'de')}). Die Datei liegt nun als ${setAside} beiseite; alles andere läuft weiter.`,
    day: ({ unreadableDay, because }) =>
      `Ein Teil der Messwerte vom ${unreadableDay} (UTC) ist nicht lesbar: ${fileFaultsText(because, 'de')}. Er erscheint als Lücke; alles andere von diesem Tag ist da. „mtxdeck check“ nennt die Teile.`,
    span: ({ from, minutes, whole, because }, { path }) =>
      `${say.count(minutes, { one: 'Minute', other: 'Minuten' })} ab ${say.moment(from)} von ${whole ? 'einem Server' : (path ?? 'dem Server selbst')} ließen sich nicht speichern (${fileFaultsText(because, 'de')}) und sind verloren. ${whole ? 'Die aller anderen Server sind gespeichert.' : 'Alles andere ist gespeichert.'}`,
  },
}
