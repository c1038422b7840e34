import { sayIn } from '../say.ts'
import type { MistakeWords, Nouns } from './mistakeWords.ts'

const say = sayIn('de')
const either = (meant: string | null, known: string) => (meant === null ? known : `meinten Sie ${meant}?`)
const empty: Nouns = {
  serverName: 'Geben Sie dem Server einen Namen',
  hostName: 'Geben Sie dem Rechner einen Namen',
  channelName: 'Geben Sie dem Kanal einen Namen',
  user: 'der Benutzer ist leer',
  password: 'das Passwort ist leer',
  passphrase: 'die Passphrase ist leer',
  token: 'das Token ist leer',
  secret: 'das Geheimnis ist leer',
  tag: 'Ein Tag hat mindestens einen Buchstaben',
  apiAddress: 'Geben Sie die Adresse der API ein, etwa http://10.0.0.5:9997',
  address: 'die Adresse ist leer',
  reason: 'Geben Sie einen Grund an',
  comment: 'Schreiben Sie einen Kommentar',
  privateKey: 'der private Schlüssel ist leer',
  file: 'der Dateiname ist leer',
  processName: 'der Name des Prozesses ist leer',
  serverId: 'die Kennung des Servers ist leer',
}
const nouns: Nouns = {
  serverName: 'ein Name',
  hostName: 'ein Name',
  channelName: 'ein Name',
  user: 'ein Benutzer',
  password: 'ein Passwort',
  passphrase: 'eine Passphrase',
  token: 'ein Token',
  secret: 'ein Geheimnis',
  tag: 'ein Tag',
  apiAddress: 'eine Adresse',
  address: 'eine Adresse',
  reason: 'ein Grund',
  comment: 'ein Kommentar',
  privateKey: 'ein privater Schlüssel',
  file: 'ein Dateiname',
  processName: 'der Name eines Prozesses',
  serverId: 'die Kennung eines Servers',
}
const nameless = { server: 'Server', host: 'Rechner', channel: 'Kanal' }
const types = { text: 'Text', list: 'eine Liste', object: 'Schlüssel mit Werten', number: 'eine Zahl', boolean: 'true oder false' }
const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'diese Datei gibt es nicht',
  EACCES: 'dieser Benutzer darf sie nicht lesen',
  EISDIR: 'das ist ein Ordner',
}
const unusableAlias = {
  unknown: 'davor steht kein Anker (&) dieses Namens; ein Wert, der mit * beginnt, gehört in Anführungszeichen',
  circular: 'er steht in dem Wert, den er wiederholt',
  notAMap: '<< nimmt Schlüssel mit Werten',
  tooMany: 'durch Verweise (*) wird die Datei zu groß',
}

export const de: MistakeWords = {
  missing: ({ key }) => `„${key}“ fehlt`,
  notOfType: ({ type }) => `erwartet: ${types[type]}`,
  notOneOf: ({ words }) => `erwartet: ${words.join(', ')}`,
  unknownKey: ({ meant, known }) => `unbekannter Schlüssel; ${either(meant, `bekannt sind ${known.join(', ')}`)}`,
  aliasUnusable: ({ because }) => unusableAlias[because],
  nestedTooDeep: () => 'zu tief verschachtelt',
  empty: ({ what }) => empty[what],
  tooLong: ({ what, most }) => `${nouns[what]} hat höchstens ${say.number(most)} Zeichen`,
  notOneLine: ({ what }) =>
    what === 'token' ? 'Ein Token ist eine Zeile aus Zeichen, die in einem HTTP-Header stehen können' : `${nouns[what]} ist eine Zeile Text`,
  notAnAddress: ({ text }) => `„${text}“ ist keine Adresse. Schreiben Sie sie wie http://10.0.0.5:9997`,
  notHttp: ({ scheme }) => `Die API spricht HTTP: Schreiben Sie http:// oder https:// statt ${scheme}//`,
  userInAddress: () => 'Lassen Sie Benutzer und Passwort in der Adresse weg: Dafür gibt es eigene Felder',
  userInAddresses: () => 'Lassen Sie Benutzer und Passwort in den Adressen weg: Sie sind sichtbar, und es gelten die der API',
  queryInAddress: () => 'Lassen Sie alles ab ? oder # weg: Adresse und Port genügen',
  notAFingerprint: () => 'Ein SHA-256-Fingerabdruck hat 32 Bytes in Hex, etwa AB:CD:…',
  intervalShort: ({ least }) => `Nicht öfter als alle ${say.number(least)} s`,
  intervalLong: ({ most }) => `Mindestens einmal pro Stunde: höchstens ${most} s`,
  tooManyTags: ({ most }) => `Höchstens ${most} Tags`,
  notAnSshTarget: () => 'Schreiben Sie es wie noc@10.0.0.5 oder noc@10.0.0.5:22',
  notAPort: ({ port }) => `${port} ist kein Port: möglich sind 1 bis 65535`,
  tooManyJumps: ({ most }) => `Höchstens ${most} Rechner auf dem Weg`,
  configurationUnreadable: ({ file, code }) => `Die Konfiguration ${file} ist nicht lesbar: ${unreadable[code] ?? code}`,
  fileUnreadable: ({ file, code }) => `${file} ist nicht lesbar: ${unreadable[code] ?? code}`,
  variableMissing: ({ name }) => `die Umgebungsvariable ${name} ist nicht gesetzt`,
  notAListenAddress: ({ text }) => `erwartet: Adresse und Port wie 127.0.0.1:8787, [::1]:8787 oder :8787, nicht „${text}“`,
  notAnOrigin: ({ text }) => `erwartet: eine Adresse wie https://noc.example.org, nicht „${text}“`,
  pathInOrigin: ({ path }) => `lassen Sie den Pfad ${path} weg: Die Konsole liegt an der Wurzel ihrer Adresse`,
  notANetwork: ({ text }) => `erwartet: eine Adresse wie 10.0.0.1 oder ein Netz wie 10.0.0.0/8, nicht „${text}“`,
  notDays: ({ least, most }) => `erwartet: eine Zahl von Tagen, ${say.number(least)} bis ${say.number(most)}`,
  notACount: ({ least, most }) => `erwartet: eine ganze Zahl von ${say.number(least)} bis ${say.number(most)}`,
  notASize: () => 'erwartet: eine Größe ab 10 MB, etwa 500MB, 5GB oder eine Zahl von Bytes',
  tlsHalf: ({ missing }) => `${missing} fehlt; TLS braucht beide Dateien`,
  givenBeside: ({ other, oneOf }) => `steht neben ${other}: Geben Sie nur eines an von ${oneOf.join(', ')}`,
  userAlone: ({ oneOf }) => `zu einem Benutzer gehört eines von ${oneOf.join(', ')}`,
  userBesideToken: ({ token }) => `steht neben ${token}: Ein Token gilt ohne Benutzer`,
  userMissing: ({ beside }) => `neben ${beside} fehlt „user“`,
  publicKey: ({ file }) => `${file} ist ein öffentlicher Schlüssel: Nennen Sie den privaten, ohne .pub`,
  sshMissing: () => '„ssh“ fehlt, etwa noc@10.0.0.5:22; oder „local: true“ für diesen Rechner',
  signInMissing: ({ oneOf }) => `es fehlt, wie die Anmeldung geschieht: Geben Sie eines an von ${oneOf.join(', ')}: true`,
  passphraseAlone: () => 'eine Passphrase öffnet einen Schlüssel: keyFile fehlt',
  besideLocal: () => 'steht neben local: Dieser Rechner wird nicht über SSH gelesen',
  noSuchServer: ({ name, meant }) => `es gibt keinen Server „${name}“; meinten Sie ${meant}?`,
  nameTwice: ({ name, of, first }) => `ein anderer ${nameless[of]} (${first}) heißt auch „${name}“`,
  noSuchParameter: ({ meant, known }) => `diesen Parameter gibt es nicht; ${either(meant, `es gibt ${known.join(', ')}`)}`,
  givenTwice: () => 'nur einmal angeben',
  notOneOfThese: ({ words, text }) => `erwartet: ${words.join(', ')}, nicht „${text}“`,
  notATime: ({ text }) => `erwartet: eine Zeit wie 2026-11-14T03:00:00Z, Millisekunden seit 1970 oder eine Zeit vor jetzt wie -24h, nicht „${text}“`,
  notAStep: ({ text }) => `erwartet: 1 Sekunde oder mehr, etwa 60, 15m, 2h oder 1d, nicht „${text}“`,
  serverNotNamed: () => 'nennen Sie einen Server oder seine Id',
  endBeforeBegin: () => 'liegt nicht nach from',
  metricNotNamed: () => 'nennen Sie mindestens eine, etwa path.bitrateIn',
  noSuchMetric: ({ text, meant, known }) => `„${text}“ gibt es nicht; ${either(meant, `es gibt ${known.join(', ')}`)}`,
  pathNotNamed: ({ metric, of }) =>
    of === 'device'
      ? `${metric} gehört zu einem Teil eines Rechners: Nennen Sie ihn, etwa disk:/, net:eth0 oder gpu:0`
      : `${metric} gehört zu einem Stream: Nennen Sie seinen Pfad`,
  pathEmpty: () => 'ist leer',
  pathNotNeeded: () => 'keine der Metriken gehört zu einem Stream',
  namedTwice: () => 'etwas ist doppelt genannt',
  tooManySeries: ({ count, most }) => `${say.number(count)} Reihen sind verlangt, höchstens ${say.number(most)} auf einmal sind möglich`,
  tooManyValues: ({ count, most }) =>
    `das sind ${say.number(count)} Werte, höchstens ${say.number(most)} auf einmal sind möglich; wählen Sie einen längeren Schritt`,
  noServerOfName: ({ name, meant, known }) =>
    `„${name}“ gibt es nicht; ${either(meant, known.length === 0 ? 'es gibt keinen' : `es gibt ${known.join(', ')}`)}`,
}
