import { mediaSchemes } from '../../media.ts'
import type { Rest } from '../catalogue.ts'
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

export const de: Rest<PictureWords> = {
  reasons: {
    readRefused: () => `Der Server lässt diesen Benutzer den Stream nicht lesen. ${permission}`,
    otherMethod: ({ methods }) => `Hier wird nur ${methods.join(', ')} beantwortet.`,
    webrtcCodecs: ({ codecs }) => `WebRTC kann ${codecs.join(', ')} nicht übertragen.`,
    iceLoopbackOnly: ({ addresses }) =>
      `Für WebRTC-Medien bietet der Server nur sich selbst an (${addresses.join(', ')}); das ist von diesem Platz aus nicht erreichbar. Ergänzen Sie in mediamtx.yml die von hier erreichbare Adresse als „webrtcAdditionalHosts“.`,
    icePrivateOnly: ({ addresses }) =>
      `Für WebRTC-Medien bietet der Server nur private Adressen an (${addresses.join(', ')}), zu denen von hier kein Weg führte, und keinen TURN-Server. Ergänzen Sie in mediamtx.yml seine öffentliche Adresse als „webrtcAdditionalHosts“ oder einen TURN-Server als „webrtcICEServers2“.`,
    iceNamesOnly: ({ addresses }) =>
      `Für WebRTC-Medien bietet der Server nur Namen an, die nur sein eigenes Netz kennt (${addresses.join(', ')}). Ergänzen Sie in mediamtx.yml eine von hier erreichbare Adresse als „webrtcAdditionalHosts“.`,
    iceBlocked: ({ addresses, tcp, relay }) =>
      `Von ${addresses.join(', ')}, die der Server für WebRTC-Medien anbietet, kam hier keine Antwort. ${relay ? 'Öffnen Sie diese Ports in den Firewalls dazwischen und prüfen Sie den TURN-Server.' : tcp ? 'Öffnen Sie diese Ports in den Firewalls dazwischen für UDP und TCP.' : 'Öffnen Sie den UDP-Port in den Firewalls dazwischen, oder lassen Sie den Server auch TCP anbieten: „webrtcLocalTCPAddress: :8189“ in mediamtx.yml.'}`,
    rtspReadRefused: () => `Der Server lässt diesen Benutzer den Stream nicht über RTSP lesen. ${permission}`,
    codecUnsupported: ({ codecs }) => `HLS überträgt kein ${codecs.join(', ')}.`,
    badAddress: ({ of, address }) => `„${address}“ ist keine Adresse für ${doorNames[of]}: Schreiben Sie sie wie ${addressExamples[of]}.`,
    refusedAddress: ({ because }) => `Diese Adresse wird nicht geöffnet: ${address[because]}.`,
    timedOut: ({ limitMs }) => `Innerhalb von ${say.number(limitMs / 1000)} s kam kein Bild.`,
    undecodable: ({ because }) => `Der Stream war nicht dekodierbar: ${undecodable[because]}.`,
    unavailable: ({ because }) => `Bilder sind hier nicht möglich: ${unavailable[because]}.`,
  },
  unreachable: (doing, said) => `Der Stream war nicht lesbar: ${steps[doing]} meldete FFmpeg „${said}“.`,
  unread: (fault) => `Der Stream war nicht lesbar: ${fault}.`,
  noFfmpeg: (problem, install) =>
    `Bilder sind hier nicht möglich. ${problem} Installieren Sie FFmpeg (${install}) oder geben Sie es unter Einstellungen, Bilder an.`,
  tools: {
    lacks: ({ path }, part) => `„${path}“ wurde ohne ${part} gebaut.`,
  },
}
