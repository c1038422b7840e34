import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { behindColon, joined, where } from '../texts.ts'
import type { DiagnosisWords } from './diagnosisWords.ts'

const say = sayIn('de')
const onPort = (port: number | null) => (port === null ? '' : ` (Port ${port})`)
const inDays = (count: number) => `in ${say.count(count, { one: 'Tag', other: 'Tagen' })}`

export const de: Rest<DiagnosisWords> = {
  stateIs: (state) => `Zustand: ${state}.`,
  found: {
    resolved: ({ addresses }) => `Die Adresse ist ${addresses.join(', ')}.`,
    maybeOff: ({ setting }, door) =>
      `${door} antwortet am üblichen Port nicht. Die Konfiguration war nicht zu lesen; vielleicht ist es abgeschaltet („${setting}“) oder woanders.`,
    switchedOff: ({ setting }, door) => `${door} ist in der Konfiguration abgeschaltet („${setting}“).`,
    loopbackOnly: ({ bound }, door) => `${door} ist nur auf dem Server selbst erreichbar (${bound}).`,
    certificate: ({ names, issuer, validTo, chain, pinned, daysLeft }) =>
      joined(
        `Für ${names || 'keinen Namen'}, ausgestellt von ${issuer || 'niemandem'}, ${say.count(chain, { one: 'Zertifikat', other: 'Zertifikate' })} in der Kette.`,
        daysLeft === null ? `Gültig bis ${say.momentOf(validTo)}.` : `Es läuft ${inDays(daysLeft)} ab, am ${say.momentOf(validTo)}.`,
        pinned && 'Es ist das festgelegte.',
      ),
    apiAnswers: ({ version }) => (version === null ? 'Sie antwortet; die Version ist älter als 1.15.2.' : `MediaMTX ${version} antwortet.`),
    rtspAnswers: ({ methods }) => (methods.length === 0 ? 'Es antwortet.' : `Es antwortet: ${methods.join(', ')}.`),
    otherProgram: (_, door) => `Was antwortet, spricht nicht ${door || 'wie erwartet'}.`,
    processRuns: ({ pid, startedAt }) => joined(`MediaMTX läuft (Prozess ${pid}).`, startedAt !== null && `Seit ${say.momentOf(startedAt)}.`),
    processUnclear: ({ count }) =>
      `Dort ${count === 1 ? 'läuft 1 Medienserver' : `laufen ${say.number(count)} Medienserver`}; welcher davon dieser ist, ist unklar.`,
    processMissing: ({ active, result, exitStatus }) =>
      joined(
        'Dort läuft kein Medienserver.',
        active !== null && `Die Unit ist ${active || 'unbekannt'} (${result || 'ohne Ergebnis'}${exitStatus === null ? '' : `, Exit-Code ${exitStatus}`}).`,
      ),
    hostPorts: ({ listening, loopback, missing }) =>
      joined(
        listening.length > 0 && `Offen: ${listening.map(({ port, user }) => `${port} (${user})`).join(', ')}.`,
        loopback.length > 0 && `Nur auf dem Rechner selbst: ${loopback.map(({ port }) => port).join(', ')}.`,
        missing.length > 0 && `Nichts lauscht auf ${missing.map(({ port }) => port).join(', ')}.`,
        listening.length + loopback.length + missing.length === 0 && 'Keiner der Ports ist auf diesem Rechner.',
      ),
    logSays: ({ from, closed }) =>
      joined(from === 'journal' ? 'Aus dem Journal gelesen.' : 'Aus der Logdatei gelesen.', closed !== null && `Warum der letzte Sender ging: ${closed}.`),
    streamIs: ({ codecs, readers, said }) =>
      joined(
        codecs.length > 0 && `Spuren: ${codecs.join(', ')}.`,
        readers !== null && `${say.count(readers, { one: 'Zuschauer', other: 'Zuschauer' })}.`,
        said !== null && `Der Server meldet: ${said}`,
      ),
    noSuchStream: ({ configured }) =>
      configured === false ? 'Der Server kennt diesen Stream nicht, und kein Pfad ist dafür konfiguriert.' : 'Der Server kennt diesen Stream nicht.',
    mayNotPublish: ({ status, who, proxied }) =>
      joined(
        `Der Benutzer dieser Konsole darf hierhin nicht senden (${status}); über andere sagt das nichts.`,
        who === 'users' && 'Laut Konfiguration dürfen es nur bestimmte Benutzer oder Adressen.',
        proxied && 'Was ablehnt, nennt sich nicht MediaMTX: Davor steht ein Proxy.',
      ),
    nobodyMayPublish: ({ status }) => `Kein Benutzer der Konfiguration darf hierhin senden${where(status?.toString(), (code) => ` (WHIP ${code})`)}.`,
    publisherWas: ({ address, endedAt, bytes }) =>
      joined(`Es war ${address ?? 'jemand'}, bis ${say.momentOf(endedAt)}.`, bytes !== null && `Angekommen waren ${say.size(bytes)}.`),
    described: ({ media }) => (media.length === 0 ? 'Er ist abrufbar.' : `Er ist abrufbar: ${media.join(', ')}.`),
    rtspRefused: ({ status, message, credentials }) =>
      status === 401
        ? `Abgelehnt (401)${credentials ? ' mit den Zugangsdaten dieser Konsole' : ': Zugangsdaten werden verlangt'}.`
        : `Abgelehnt: ${status}${where(message, (words) => ` ${words}`)}.`,
    webRefused: ({ status, message, credentials }) =>
      status === 401 || status === 403
        ? `Abgelehnt (${status})${credentials ? ' mit den Zugangsdaten dieser Konsole' : ': Zugangsdaten werden verlangt'}.`
        : `Abgelehnt: ${status}${where(message, (words) => ` (${words})`)}.`,
    playlist: ({ longestSegmentSeconds, lowLatency }) =>
      joined(
        longestSegmentSeconds !== null && `Segmente von bis zu ${say.number(longestSegmentSeconds)} s.`,
        lowLatency ? 'HLS mit geringer Verzögerung.' : 'Ohne geringe Verzögerung: Player liegen mehrere Segmente zurück.',
      ),
    noSegment: ({ seconds }) =>
      seconds === null
        ? 'Die Seite kam, rechtzeitig aber kein Segment: Schlüsselbilder liegen wohl weit auseinander.'
        : `Segmente enden an Schlüsselbildern, und diese liegen ${say.number(seconds)} s oder mehr auseinander.`,
    notCarried: ({ codecs }, door) => `Nicht versucht: ${door} überträgt keine der Spuren (${codecs.join(', ')}).`,
  },
  verdicts: {
    nameUnknown: ({ host }) => [`Der Name ${host} lässt sich nicht auflösen.`, 'Schreibweise und DNS dieses Rechners prüfen, oder die IP-Adresse verwenden.'],
    hostSilent: ({ host }) => [
      `Unter ${host} antwortet nichts, an keinem Port.`,
      'Der Rechner ist aus, oder das Netz, ein VPN oder eine Firewall dazwischen verwirft alles: zuerst auf anderem Weg versuchen, ihn zu erreichen.',
    ],
    nothingListens: ({ host }) => [
      `${host} ist da, aber kein Port von MediaMTX ist offen: Es läuft nicht.`,
      'Dienst und Log auf dem Rechner ansehen („systemctl status mediamtx“). Endete es gleich beim Start, ist vielleicht ein Port belegt („address already in use“).',
    ],
    portInUse: ({ port, protocol }) => [
      `MediaMTX läuft nicht: Beim Start war Port ${port} (${protocol.toUpperCase()}) belegt.`,
      'Das Programm auf dem Rechner suchen („ss -ltnup“), einem von beiden einen anderen Port geben und MediaMTX starten.',
    ],
    processEnded: ({ host, active, exitStatus, said }) => [
      joined(
        `MediaMTX läuft auf ${host} nicht.`,
        active !== null && `Die Unit ist ${active || 'unbekannt'}${exitStatus === null ? '' : `, Exit-Code ${exitStatus}`}.`,
        said !== null && `Letzte Zeile des Logs: ${said}`,
      ),
      'Es starten („systemctl start mediamtx“) und das Log ansehen, wenn es wieder endet.',
    ],
    firewalled: ({ door, port }, name) => [
      `${name(door)} lauscht auf dem Rechner an Port ${port}, von hier aus ist der Port aber zu: Eine Firewall liegt dazwischen.`,
      `Ihn auf dem Rechner („nft list ruleset“, „ufw status“) und im Netz freigeben${door === 'srt' ? ' (UDP)' : ''}.`,
    ],
    portTaken: ({ door, port }, name) => [
      `MediaMTX läuft nicht, und ein anderes Programm hat den Port von ${name(door)}${onPort(port)}: Ist ein Port belegt, endet MediaMTX beim Start.`,
      'Das Programm auf dem Rechner suchen („ss -ltnp“), einem von beiden einen anderen Port geben und MediaMTX starten.',
    ],
    apiElsewhere: ({ api }) => [`Die API ist nicht dort, wo diese Konsole fragt, sondern unter ${api}.`, 'Diese Adresse beim Server eintragen.'],
    apiOff: ({ port }) => [
      `MediaMTX läuft, aber seine API lauscht nicht${onPort(port)}.`,
      'In mediamtx.yml einschalten („api: yes“) und für diese Konsole erreichbar machen (apiAddress).',
    ],
    apiFiltered: ({ port }) => [
      `MediaMTX läuft, aber der Port der API${onPort(port)} antwortet gar nicht: Eine Firewall verwirft die Pakete.`,
      'Ihn von dieser Konsole zum Server freigeben.',
    ],
    doorLoopback: ({ door, setting, bound }, name) => [
      `${name(door)} ist nur auf dem Server selbst erreichbar (${bound}).`,
      `Damit es von anderswo erreichbar ist, die Adresse bei ${setting}Address in mediamtx.yml weglassen.`,
    ],
    doorRefuses: ({ door, port }, name) => [
      `${name(door)} ist eingeschaltet, aber dort lauscht nichts${onPort(port)}.`,
      'Die Konfiguration wurde ohne Neustart geändert, der Port ist anders abgebildet (Container), oder er ließ sich nicht öffnen: das Log ansehen.',
    ],
    doorSilent: ({ door, port }, name) => [
      `${name(door)} ist eingeschaltet, aber der Port${onPort(port)} antwortet nicht: Er wird zwischen hier und dem Server gefiltert.`,
      `In den Firewalls dazwischen freigeben${door === 'srt' ? ' (UDP)' : ''}. Andere erreichen ihn vielleicht, wo wir es nicht tun.`,
    ],
    doorOther: ({ door, port }, name) => [
      `Dort antwortet ein anderes Programm als ${name(door)} von MediaMTX${onPort(port)}.`,
      'Zwei Programme sind für diesen Port konfiguriert, oder ein Proxy führt woandershin: einem davon einen anderen Port geben.',
    ],
    pathNotConfigured: ({ path }) => [
      `Kein Pfad der Konfiguration gilt für ${path}: Senden und Abrufen enden mit einem Fehler (500).`,
      'Den Pfad in mediamtx.yml aufnehmen, oder „all_others:“ für alle Namen.',
    ],
    sourceFails: ({ path, said }) => [
      `Der Server holt ${path} selbst, und die Quelle liefert nichts${behindColon(said)}${said === null ? '.' : ''}`,
      'Adresse und Zugangsdaten der Quelle prüfen, und ob der Server sie erreicht.',
    ],
    publishingForbidden: ({ path, status }) => [
      `Kein Benutzer der Konfiguration darf ${path} senden: Jeder Sender wird abgelehnt${where(status?.toString(), (code) => ` (WHIP ${code})`)}.`,
      'Dem Benutzer des Encoders in authInternalUsers von mediamtx.yml für diesen Pfad „action: publish“ geben.',
    ],
    publisherLost: ({ path, door, address, at, said }, name) => [
      `Der Sender von ${path} (${name(door)}${where(address, (from) => `, ${from}`)}) ist seit ${say.momentOf(at)} weg und nicht wiedergekommen.${where(said, (reason) => ` Log des Servers: ${reason}.`)}`,
      'Encoder und Netz zwischen ihm und dem Server ansehen. Das Log des Servers sagt zu dieser Zeit, warum die Verbindung endete („closed:“).',
    ],
    publishingRefused: ({ path, status, proxied }) => [
      `Niemand sendet ${path}, und wer nicht die richtigen Zugangsdaten hat, wird abgelehnt (WHIP ${status}).`,
      proxied
        ? 'Was ablehnt, nennt sich nicht MediaMTX: zuerst den Proxy davor ansehen.'
        : 'Benutzer und Passwort des Encoders prüfen, und ob dieser Benutzer für den Pfad „action: publish“ hat.',
    ],
    nobodyPublishes: ({ path }) => [
      `Der Server arbeitet, aber niemand sendet ${path}.`,
      'Den Encoder prüfen: Läuft er, verwendet er diesen Server, diesen Namen und einen Benutzer, der senden darf? Hat er es versucht, steht im Log des Servers, warum er abgelehnt wurde.',
    ],
    stalled: ({ path }) => [
      `${path} ist verbunden, sendet aber nichts.`,
      'Encoder und dessen Netz ansehen: Die Verbindung steht, ohne dass Daten kommen. Kommt nichts mehr, die Sitzung trennen.',
    ],
    readingRefused: ({ door }, name) => [
      `${name(door)} lässt mit den Zugangsdaten dieser Konsole nicht abrufen.`,
      'Diesem Benutzer in mediamtx.yml für den Pfad das Recht „action: read“ geben. Andere Benutzer werden vielleicht zugelassen.',
    ],
    readingFails: ({ door, status, message }, name) => [
      `${name(door)} gibt den Stream nicht heraus: ${status}${where(message, (words) => ` (${words})`)}.`,
      'Das Log des Servers zu diesem Zeitpunkt ansehen.',
    ],
    notCarried: ({ doors, codecs }, name) => [
      `Der Stream ist auf Sendung, aber keine seiner Spuren (${codecs.join(', ')}) lässt sich über ${doors.map(name).join(' oder ')} lesen.`,
      codecs.includes('MPEG-TS')
        ? 'Lesen Sie ihn über RTSP; oder setzen Sie, wenn er per RTSP gesendet wird, „rtspDemuxMpegts: yes“ für seinen Pfad (ab 1.17.0).'
        : 'Lesen Sie ihn über RTSP, oder lassen Sie die Quelle H264 und Opus oder AAC senden.',
    ],
    noSegment: ({ seconds }) => [
      seconds === null
        ? 'Der Stream ist auf Sendung, aber HLS hatte nicht rechtzeitig ein Segment: Seine Schlüsselbilder liegen wohl weit auseinander.'
        : `Der Stream ist auf Sendung, beginnt über HLS aber spät: Segmente enden an Schlüsselbildern, und diese liegen ${say.number(seconds)} s oder mehr auseinander.`,
      'Lassen Sie den Encoder alle 1 bis 2 Sekunden ein Schlüsselbild senden (GOP). Eine Messung zeigt, wie weit sie auseinanderliegen.',
    ],
    delayHigh: ({ seconds, lowLatency }) => [
      joined(
        'Der Stream läuft, über HLS aber verspätet.',
        seconds !== null && `Seine Segmente sind bis zu ${say.number(seconds)} s lang, weil Schlüsselbilder so weit auseinanderliegen.`,
        !lowLatency && 'Die geringe Verzögerung ist abgeschaltet.',
      ),
      joined(
        seconds !== null && 'Den Encoder alle 1 bis 2 s ein Schlüsselbild (GOP) senden lassen.',
        !lowLatency && '„hlsVariant: lowLatency“ in mediamtx.yml setzen, oder über WebRTC abspielen.',
      ),
    ],
    certificateEnds: ({ door, days }, name) => [`Alles antwortet. Das Zertifikat von ${name(door)} läuft ${inDays(days)} ab.`, 'Es vorher erneuern.'],
    waits: ({ path }) => [
      `Alles antwortet. ${path} startet auf Abruf, sobald jemand zusieht.`,
      'Um die Quelle zu prüfen, die Diagnose wiederholen und sie starten lassen.',
    ],
    unfinished: () => ['Zu viel blieb ohne Antwort, um eine Ursache zu nennen.', 'Die Schritte darunter ansehen und es noch einmal versuchen.'],
    allWell: ({ off, maybeOff }, name) => [
      joined(
        'Alles, was versucht wurde, antwortet wie erwartet.',
        off.length > 0 && `In der Konfiguration abgeschaltet: ${off.map(name).join(', ')}.`,
        maybeOff.length > 0 && `Keine Antwort am üblichen Port, vielleicht abgeschaltet: ${maybeOff.map(name).join(', ')}.`,
      ),
      '',
    ],
  },
  atDoor: (door) => `${door}: `,
}
