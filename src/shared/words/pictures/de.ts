import { mediaSchemes } from '../../media.ts'
import { sayIn } from '../say.ts'
import { addressExamples, doorNames, type PictureWords } from './pictureWords.ts'

const say = sayIn('de')
const steps = { opening: 'beim Öffnen', inspecting: 'beim Untersuchen', reading: 'beim Lesen', decoding: 'beim Dekodieren', publishing: 'beim Veröffentlichen' }
const address = {
  characters: 'sie enthält Leerzeichen oder Zeichen, die keine Adresse hat',
  notAnAddress: 'das ist keine Adresse',
  scheme: `ihr Schema ist keines von ${mediaSchemes.join(', ')}`,
  notInFull: 'sie ist nicht vollständig geschrieben',
  noHost: 'sie nennt keinen Rechner',
  parameters: 'sie hat Parameter, die nicht für Leser sind',
  notCaller: 'SRT wird nur als Caller gelesen',
  awaitsCaller: 'der Sender ruft diese Konsole an, und ein Schließen würde ihn beenden: sie wird nur durchgehend gelesen',
  linkLocal: 'sie führt zu einer Link-local-Adresse',
  leadsInside: 'sie führt durch eine Umleitung oder Playlist in ein inneres Netz oder auf diesen Rechner',
  otherForm: 'die Anfrage ist anders aufgebaut',
}
const unavailable = {
  noProcess: 'neben dieser Konsole läuft kein Medienprozess',
  keepsEnding: 'der Medienprozess endete immer wieder, sein Log nennt den Grund',
  onlyNodeAv: 'node-av lässt sich nicht laden, und anderes ist nicht zugelassen',
  needsNodeAv: 'node-av lässt sich hier nicht laden, und nur damit kann veröffentlicht werden',
}
const undecodable = {
  notMedia: 'das sind keine Mediendaten',
  noDecoder: 'dafür gibt es keinen Decoder',
  endedEarly: 'er endete vor dem ersten Bild',
  noWholePicture: 'es kam kein vollständiges Bild',
  playlistTooLarge: 'seine Playlist ist zu groß oder nennt zu viele andere',
  webPage: 'stattdessen kam eine Webseite, etwa eine Anmeldung',
}
const permission = 'Geben Sie ihm in mediamtx.yml das Recht „action: read“.'

export const de: PictureWords = {
  reasons: {
    notLive: () => 'Hier wird zurzeit nichts gesendet.',
    slate: () => 'Eine Tafel ist auf Sendung: kein Sender.',
    onDemand: () => 'Auf Abruf: Ansehen startet die Quelle.',
    hlsOff: () => 'HLS ist auf diesem Server abgeschaltet („hls: no“ in mediamtx.yml).',
    codecH265: () => 'Das Video ist H265; das spielt dieser Browser nicht ab.',
    serverDown: () => 'Der Server antwortet nicht.',
    closed: () => 'Dieses Bild wurde geschlossen. Öffnen Sie es erneut.',
    settingsChanged: () => 'Die Einstellungen des Servers wurden geändert. Öffnen Sie das Bild erneut.',
    readRefused: () => `Der Server lässt diesen Benutzer den Stream nicht lesen. ${permission}`,
    hlsNotEncrypted: () =>
      'HLS dieses Servers verlangt ein Passwort und ist unverschlüsselt, seine API dagegen verschlüsselt. Setzen Sie „hlsEncryption: yes“ in mediamtx.yml.',
    noPictureNow: () => 'Der Server hat zurzeit kein Bild von diesem Stream.',
    redirectUnreadable: () => 'Der Server leitet zu einer unlesbaren Adresse um.',
    redirectsInCircle: () => 'Der Server leitet im Kreis um.',
    playlistTooLong: () => 'Die Playlist ist größer als jede von MediaMTX.',
    playlistElsewhere: () => 'Die Playlist führt zu einer Adresse außerhalb des eigenen Pfads.',
    notHls: ({ host }) => `Unter ${host} antwortet nicht das HLS von MediaMTX.`,
    notWebrtc: ({ host }) => `Unter ${host} antwortet nicht das WebRTC von MediaMTX.`,
    offerTypeWrong: ({ type }) => `Der Inhalt muss ${type} sein.`,
    otherMethod: ({ methods }) => `Hier wird nur ${methods.join(', ')} beantwortet.`,
    lastViewerLeft: () => 'Der letzte Zuschauer ist gegangen. Weiteres Ansehen hielte die Quelle in Betrieb: Öffnen Sie das Bild erneut, um sie zu starten.',
    viewersUnknown: () =>
      'Dieser Server sagt nicht, wer sonst über HLS zusieht. Das Bild wurde nach 5 Minuten geschlossen, damit es die Quelle nicht in Betrieb hält.',
    noSuchPart: () => 'Diesen Teil eines Bildes gibt es nicht.',
    onlyGet: () => 'Hier wird nur GET beantwortet.',
    webrtcOff: () => 'WebRTC ist auf diesem Server abgeschaltet („webrtc: no“ in mediamtx.yml).',
    webrtcNotEncrypted: () =>
      'WebRTC dieses Servers verlangt ein Passwort und ist nicht verschlüsselt, seine API schon. Setzen Sie „webrtcEncryption: yes“ in mediamtx.yml.',
    notPlayback: ({ host }) => `Unter ${host} antwortet nicht der Playback-Server von MediaMTX.`,
    playbackOff: () => 'Der Playback-Server ist ausgeschaltet („playback: no“ in mediamtx.yml): Aufzeichnungen lassen sich nicht abspielen.',
    playbackNotEncrypted: () =>
      'Der Playback-Server will ein Passwort und ist nicht verschlüsselt, die API schon. Setzen Sie „playbackEncryption: yes“ in mediamtx.yml.',
    playbackRefused: () => 'Der Server lässt diesen Benutzer keine Aufzeichnungen abspielen. Geben Sie ihm in mediamtx.yml das Recht „action: playback“.',
    playbackSpanWrong: () => 'Nennen Sie Server, Stream und Zeitraum: höchstens 6 Stunden.',
    nothingRecorded: () => 'Von dieser Zeit hat der Server keine Aufzeichnung.',
    notPlayableFormat: () => 'Der Server kann diese Aufzeichnung nicht abspielen: Es geht nur bei fMP4 und konfigurierten Pfaden.',
    webrtcNotServed: () => 'Dieser Server antwortet auf WebRTC, hat dafür aber keine Medien, wie die Server der Demo.',
    publishRefused: () => 'Der Server lässt diesen Benutzer den Stream nicht senden. Geben Sie ihm in mediamtx.yml das Recht „action: publish“.',
    offerTooLong: () => 'Das Angebot (SDP) ist länger als das jedes Browsers.',
    offerEmpty: () => 'Die Anfrage enthält kein Angebot (SDP).',
    noSuchServer: () => 'Diesen Server gibt es nicht.',
    serverMissing: () => 'Es werden mehrere Server beobachtet: Nennen Sie mit server= den Namen oder die Kennung des gemeinten.',
    pathMissing: () => 'Nennen Sie mit path= den gemeinten Stream.',
    sessionGone: () => 'Diese Sitzung gibt es nicht, oder sie ist beendet.',
    tokenOver: () => 'Dieses Token ist abgelaufen. Fordern Sie ein neues an.',
    tokenOfOthers: () => 'Dieses Token gilt nicht für diesen Stream oder nicht dafür: Es erlaubt nur das Abspielen oder nur das Senden.',
    tooManyAtOnce: () => 'Es laufen zu viele Anfragen. Versuchen Sie es gleich noch einmal.',
    browserWithoutWebrtc: () => 'Dieser Browser hat kein WebRTC.',
    webrtcH265: () => 'Das Video ist H265; das spielt dieser Browser über WebRTC nicht ab.',
    webrtcCodecs: ({ codecs }) => `WebRTC kann ${codecs.join(', ')} nicht übertragen.`,
    webrtcNoFrames: () => 'WebRTC ist verbunden, doch innerhalb der Zeitgrenze kam kein Bild.',
    webrtcBroke: () => 'Die Verbindung über WebRTC ist abgebrochen.',
    bFrames: ({ codec }) =>
      `Der Server hat WebRTC vor dem ersten Bild beendet, wie er es bei Video mit B-Frames tut, die WebRTC nicht übertragen kann. Stellen Sie die B-Frames im Encoder dieses ${codec} ab.`,
    soundByHls: ({ codec }) => `WebRTC überträgt keinen Ton in ${codec}, HLS schon. Stumm läuft es über WebRTC; für Ton über WebRTC veröffentlichen Sie Opus.`,
    iceNoCandidates: () =>
      'Der Server bietet keine Adresse für WebRTC-Medien an. Setzen Sie in mediamtx.yml „webrtcIPsFromInterfaces: yes“ oder die von hier erreichbare Adresse als „webrtcAdditionalHosts“.',
    iceLoopbackOnly: ({ addresses }) =>
      `Für WebRTC-Medien bietet der Server nur sich selbst an (${addresses.join(', ')}); das ist von diesem Platz aus nicht erreichbar. Ergänzen Sie in mediamtx.yml die von hier erreichbare Adresse als „webrtcAdditionalHosts“.`,
    icePrivateOnly: ({ addresses }) =>
      `Für WebRTC-Medien bietet der Server nur private Adressen an (${addresses.join(', ')}), zu denen von hier kein Weg führte, und keinen TURN-Server. Ergänzen Sie in mediamtx.yml seine öffentliche Adresse als „webrtcAdditionalHosts“ oder einen TURN-Server als „webrtcICEServers2“.`,
    iceNamesOnly: ({ addresses }) =>
      `Für WebRTC-Medien bietet der Server nur Namen an, die nur sein eigenes Netz kennt (${addresses.join(', ')}). Ergänzen Sie in mediamtx.yml eine von hier erreichbare Adresse als „webrtcAdditionalHosts“.`,
    iceBlocked: ({ addresses, tcp, relay }) =>
      `Von ${addresses.join(', ')}, die der Server für WebRTC-Medien anbietet, kam hier keine Antwort. ${relay ? 'Öffnen Sie diese Ports in den Firewalls dazwischen und prüfen Sie den TURN-Server.' : tcp ? 'Öffnen Sie diese Ports in den Firewalls dazwischen für UDP und TCP.' : 'Öffnen Sie den UDP-Port in den Firewalls dazwischen, oder lassen Sie den Server auch TCP anbieten: „webrtcLocalTCPAddress: :8189“ in mediamtx.yml.'}`,
    noWayToRead: () => 'RTSP, HLS und SRT sind auf diesem Server abgeschaltet (mediamtx.yml), oder ihre Adressen fehlen in den Einstellungen.',
    rtspReadRefused: () => `Der Server lässt diesen Benutzer den Stream nicht über RTSP lesen. ${permission}`,
    rtspPasswordMissing: () => 'RTSP dieses Servers verlangt ein Passwort oder Token; hier ist keines gespeichert.',
    rtspPasswordWithheld: () =>
      'RTSP dieses Servers verlangt ein Passwort oder Token. Es wird nicht gesendet: Die Adresse gehört zu einem anderen Rechner als die API, oder es ginge unverschlüsselt, während die API verschlüsselt ist.',
    rtspCredentialsTooLong: () => 'RTSP dieses Servers verlangt ein Passwort oder Token; das gespeicherte ist für RTSP zu lang.',
    notDecoded: () => 'Dieser Browser kann den Stream nicht dekodieren.',
    tooLate: () => 'Kein Bild innerhalb der Frist.',
    brokeOff: () => 'Das Bild blieb stehen: Die Verbindung brach ab.',
    notPlayable: () => 'Das Bild lässt sich nicht abspielen.',
    browserWithoutHls: () => 'Dieser Browser spielt kein HLS ab.',
    codecUnsupported: ({ codecs }) => `HLS überträgt kein ${codecs.join(', ')}.`,
    badAddress: ({ of, address }) => `„${address}“ ist keine Adresse für ${doorNames[of]}: Schreiben Sie sie wie ${addressExamples[of]}.`,
    refusedAddress: ({ because }) => `Diese Adresse wird nicht geöffnet: ${address[because]}.`,
    timedOut: ({ limitMs }) => `Innerhalb von ${say.number(limitMs / 1000)} s kam kein Bild.`,
    unauthorized: () => 'Der Server verlangt für diesen Stream andere Zugangsdaten.',
    refused: () => 'Der Server lehnte ab, ohne einen Grund zu nennen: Diesen Stream gibt es nicht, oder Benutzer und Passwort sind falsch.',
    addressUnreadable: () => 'Die gespeicherte Adresse lässt sich nicht entschlüsseln: Geben Sie sie neu ein.',
    notFound: () => 'Dort wird nichts gesendet.',
    noVideo: () => 'Der Stream hat kein Video.',
    undecodable: ({ because }) => `Der Stream war nicht dekodierbar: ${undecodable[because]}.`,
    decoderFailed: ({ said }) => `Der Stream war nicht dekodierbar: „${said}“.`,
    crashed: () => 'Der Medienprozess dieser Konsole endete oder war nicht bereit; er wird neu gestartet.',
    setAside: () => 'Der Medienprozess endete mehrmals an diesem Stream; der wird eine Weile nicht mehr gelesen.',
    unavailable: ({ because }) => `Bilder sind hier nicht möglich: ${unavailable[because]}.`,
    cancelled: () => 'Abgebrochen.',
  },
  unreachable: (doing, said) => `Der Stream war nicht lesbar: ${steps[doing]} meldete FFmpeg „${said}“.`,
  unread: (fault) => `Der Stream war nicht lesbar: ${fault}.`,
  faults: {
    nameNotFound: () => 'der Name seines Rechners ist nicht bekannt',
    noConnection: () => 'es kam keine Verbindung zustande',
    ended: () => 'er endete',
    noWebrtcAddress: () => 'der Server bietet keine Adresse für WebRTC über UDP an',
    noWebrtcConnection: () => 'es kam keine WebRTC-Verbindung zustande',
    status: ({ status }) => `der Server antwortete mit Status ${status}`,
  },
  noFfmpeg: (problem, install) =>
    `Bilder sind hier nicht möglich. ${problem} Installieren Sie FFmpeg (${install}) oder geben Sie es unter Einstellungen, Bilder an.`,
  tools: {
    notOnPath: () => 'Im PATH ist kein ffmpeg.',
    notAbsolute: ({ path }) => `„${path}“ ist kein Pfad von der Wurzel des Datenträgers.`,
    notFfmpeg: ({ path }) => `„${path}“ heißt nicht ffmpeg.`,
    notRunnable: ({ path }) => `„${path}“ ist kein ausführbares Programm.`,
    noFfprobe: ({ path }) => `Neben „${path}“ gibt es kein ffprobe.`,
    notInSandbox: ({ path }) =>
      `„${path}“ läuft nicht in der Sandbox dessen, was Streams liest: Als Snap oder Skript startet es Dateien, die es dort nicht gibt. Ein anderes ffmpeg angeben oder die Sandbox abschalten (MTXDECK_SANDBOX=off).`,
    noVersion: ({ path }) => `„${path}“ nannte keine FFmpeg-Version.`,
    noAnswer: ({ path }) => `„${path}“ antwortet nicht.`,
    tooOld: ({ path, version }) => `„${path}“ ist FFmpeg ${version}; nötig ist 5.0 oder neuer.`,
    lacks: ({ path }, part) => `„${path}“ wurde ohne ${part} gebaut.`,
  },
  parts: { demuxer: 'Demuxer', protocol: 'Protokoll', decoder: 'Decoder', filter: 'Filter', encoder: 'Encoder' },
}
