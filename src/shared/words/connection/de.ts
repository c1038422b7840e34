import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import type { ConnectionWords } from './connectionWords.ts'

const say = sayIn('de')
const useAddress = (api: string) => `Die API antwortet unter ${api}: Verwenden Sie diese Adresse.`
const notNeeded = 'Diese Konsole braucht es nicht.'

export const de: Rest<ConnectionWords> = {
  without: {
    api: '',
    webrtc: notNeeded,
    metrics: notNeeded,
  },
  found: {
    apiAnswers: ({ version, paths, open, passwordInClear }) =>
      joined(
        `MediaMTX ${version ?? 'älter als 1.15.2'} antwortet, mit ${say.count(paths, { one: 'Pfad', other: 'Pfaden' })}.`,
        open === 'alsoWithout' && 'Es antwortet auch ohne Passwort: Die API dieses Servers steht allen offen, die ihn erreichen.',
        open === 'noPassword' && 'Es verlangte kein Passwort: Die API dieses Servers steht allen offen, die ihn erreichen.',
        passwordInClear && 'Das Passwort wird unverschlüsselt übertragen: besser https:// verwenden.',
      ),
    otherProtocol: ({ port, protocol, api, apiPort }) => [
      `Port ${port} gehört bei MediaMTX zu ${protocol}, nicht zur API.`,
      api === null ? `Die API hat Port ${apiPort}, antwortet dort aber noch nicht: Schalten Sie sie ein.` : useAddress(api),
    ],
    notTheApi: ({ apiPort }) => ['Das ist MediaMTX, aber nicht seine API.', `Die API hat Port ${apiPort} (apiAddress in mediamtx.yml).`],
    apiOff: () => [
      'MediaMTX läuft auf diesem Rechner, aber seine API antwortet hier nicht.',
      'Sie ist aus, bis sie in mediamtx.yml eingeschaltet wird („api: yes“), oder sie hat einen anderen Port.',
    ],
    answers: (_, { port }) => `${port} antwortet.`,
    switchedOff: (_, { port, key, without }) => `${port} ist auf dem Server abgeschaltet („${key}: no“). ${without}`,
    notAnAddress: () => ['Das ist keine Adresse.', 'Schreiben Sie sie wie http://10.0.0.5:8888.'],
    noAnswer: (_, { port }) => `${port} antwortet nicht auf dem üblichen Port.`,
    loopbackOnly: ({ address }, { port, without }) => `${port} ist nur auf dem Server selbst erreichbar (${address}). ${without}`,
  },
  useAddress,
  wrongPassword: [
    'Der Server weist Benutzer oder Passwort ab.',
    'Berichtigen Sie sie und prüfen Sie erneut, oder geben Sie diesem Benutzer mit den Zeilen unten Zugang.',
  ],
  usualPort: (port) => `Der übliche Port der API ist ${port}; auch dort antwortet sie nicht.`,
}
