import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { MistakeWords, Nouns } from './mistakeWords.ts'

const say = sayIn('de')
const either = (meant: string | null, known: string) => (meant === null ? known : `meinten Sie ${meant}?`)
const empty: Nouns = {
  headerValue: 'der Wert des Headers ist leer',
  certificate: 'das Zertifikat ist leer',
  serverName: 'Geben Sie dem Server einen Namen',
  hostName: 'Geben Sie dem Rechner einen Namen',
  channelName: 'Geben Sie dem Kanal einen Namen',
  maintenanceName: 'Geben Sie dem Wartungsfenster einen Namen',
  wallName: 'Geben Sie der Wand einen Namen',
  pattern: 'das Muster ist leer',
  runbook: 'die Anleitung ist leer',
  ruleName: 'geben Sie der Regel einen Namen',
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
  probeName: 'Geben Sie dem Messpunkt einen Namen',
  consoleName: 'Geben Sie der Konsole einen Namen',
  project: 'das Projekt ist leer',
  list: 'die Liste ist leer',
  template: 'die Vorlage ist leer',
  settingValue: 'der Wert ist leer',
}
const nouns: Nouns = {
  headerValue: 'der Wert eines Headers',
  certificate: 'ein Zertifikat',
  serverName: 'ein Name',
  hostName: 'ein Name',
  channelName: 'ein Name',
  maintenanceName: 'ein Name',
  wallName: 'ein Name',
  pattern: 'ein Muster',
  runbook: 'eine Anleitung',
  ruleName: 'ein Name',
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
  probeName: 'ein Name',
  consoleName: 'ein Name',
  project: 'ein Projekt',
  list: 'eine Liste',
  template: 'eine Vorlage',
  settingValue: 'ein Wert',
}
const nameless = {
  server: 'Server',
  host: 'Rechner',
  channel: 'Kanal',
  maintenance: 'Wartungsplan',
  onAir: 'Sendeplan',
  probe: 'Messpunkt',
  vantage: 'Standort',
}
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

export const de: Rest<MistakeWords> = {
  notPem: ({ what }) =>
    what === 'key' ? 'Das ist kein privater Schlüssel in PEM (-----BEGIN PRIVATE KEY-----)' : 'Das ist kein Zertifikat in PEM (-----BEGIN CERTIFICATE-----)',
  notOfType: ({ type }) => `erwartet: ${types[type]}`,
  notOneOf: ({ words }) => `erwartet: ${words.join(', ')}`,
  unknownKey: ({ meant, known }) =>
    meant === null && known.length === 0 ? 'unbekannter Schlüssel' : `unbekannter Schlüssel; ${either(meant, `bekannt sind ${known.join(', ')}`)}`,
  aliasUnusable: ({ because }) => unusableAlias[because],
  empty: ({ what }) => empty[what],
  tooLong: ({ what, most }) => `${nouns[what]} hat höchstens ${say.number(most)} Zeichen`,
  notOneLine: ({ what }) =>
    what === 'token' ? 'Ein Token ist eine Zeile aus Zeichen, die in einem HTTP-Header stehen können' : `${nouns[what]} ist eine Zeile Text`,
  hiddenCharacter: ({ what, code }) => `${nouns[what]} hat keine unsichtbaren Zeichen: lassen Sie ${code} weg`,
  configurationUnreadable: ({ file, code }) => `Die Konfiguration ${file} ist nicht lesbar: ${unreadable[code] ?? code}`,
  fileUnreadable: ({ file, code }) => `${file} ist nicht lesbar: ${unreadable[code] ?? code}`,
  givenBeside: ({ other, oneOf }) => `steht neben ${other}: Geben Sie nur eines an von ${oneOf.join(', ')}`,
  userAlone: ({ oneOf }) => `zu einem Benutzer gehört eines von ${oneOf.join(', ')}`,
  sshMissing: () => '„ssh“ fehlt, etwa noc@10.0.0.5:22; oder „local: true“ für diesen Rechner',
  signInMissing: ({ oneOf }) => `es fehlt, wie die Anmeldung geschieht: Geben Sie eines an von ${oneOf.join(', ')}: true`,
  notAStreamAddress: ({ schemes }) => `erwartet wird die Adresse eines Streams, die mit ${schemes.map((scheme) => `${scheme}://`).join(', ')} beginnt`,
  channelKindMissing: ({ oneOf }) => `die Art des Kanals fehlt: geben Sie eine von diesen an: ${oneOf.join(', ')}`,
  secretMissing: ({ oneOf }) => `das Geheimnis fehlt: geben Sie ${oneOf.join(' oder ')} an`,
  notANamingTemplate: ({ fault, part }) =>
    ({
      noField: 'eine Vorlage nennt mindestens ein Feld in geschweiften Klammern, etwa {examId}_{timestamp}',
      braces: `eine geschweifte Klammer bei ${part} ist nicht geschlossen oder nicht geöffnet`,
      fieldName: `„${part}“ ist kein Feldname: Buchstaben, Ziffern, _ oder - verwenden, mit einem Buchstaben am Anfang`,
      fieldTwice: `das Feld ${part} kommt zweimal vor`,
      fieldType: `„${part}“ hat keinen bekannten Typ: text, int, timestamp, s, ms, date oder Werte wie hd|sd verwenden`,
      nothingBetween: `nichts trennt die Felder bei ${part}: ein Zeichen dazwischensetzen, etwa _`,
      tooManyFields: `eine Vorlage hat höchstens ${part} Felder`,
    })[fault],
  nameTwice: ({ name, of, first }) => `ein anderer ${nameless[of]} (${first}) heißt auch „${name}“`,
  patternUnsupported: ({ text, what }) =>
    `„${text}“ verwendet ${what === 'lookAround' ? 'einen Blick nach vorn oder zurück, etwa (?=…)' : 'einen Rückverweis, etwa \\1'}. Das gibt es hier so wenig wie in MediaMTX: anders ausdrücken, oder als Ausnahme`,
  noSuchRule: ({ text, meant, known }) =>
    `mtxdeck hat keine Regel „${text}“; ${either(meant, `es gibt ${known.join(', ')}`)}${meant === null ? '.' : ''} Eine eigene Regel braucht eine Messgröße, ein Ereignis, einen Zustand oder Flattern`,
  limitMissing: ({ oneOf }) => `den Grenzwert angeben, mit ${oneOf.join(', ')}`,
  clearOnWrongSide: ({ side, limit }) =>
    side === 'below'
      ? `erwartet: ${limit} oder mehr, denn unter dem Grenzwert kann es nicht behoben sein`
      : `erwartet: ${limit} oder weniger, denn über dem Grenzwert kann es nicht behoben sein`,
  remedyUnfit: ({ act }) =>
    act === 'runCommand' ? 'runCommand braucht eine Regel über Streams, Server oder Rechner' : `${act} braucht eine Regel über Streams`,
  scopeUnfit: ({ metric, of }) =>
    `${metric === null ? 'diese Regel gilt Zuständen oder Ereignissen' : `${metric} ist eine Messgröße`} ${{ server: 'eines Servers', stream: 'eines Streams', host: 'eines Rechners', device: 'eines Teils eines Rechners', probe: 'eines Messpunkts' }[of]} und lässt sich hiermit nicht auswählen`,
  noSuchParameter: ({ meant, known }) => `diesen Parameter gibt es nicht; ${either(meant, `es gibt ${known.join(', ')}`)}`,
  notOneOfThese: ({ words, text }) => `erwartet: ${words.join(', ')}, nicht „${text}“`,
  noSuchName: ({ text, meant, known }) => `„${text}“ gibt es nicht; ${either(meant, `es gibt ${known.join(', ')}`)}`,
  notLearned: ({ metric, known }) => `was bei ${metric} üblich ist, wird nicht gelernt, nur bei ${known.join(', ')}`,
  pathNotNamed: ({ metric, of }) =>
    of === 'device'
      ? `${metric} gehört zu einem Teil eines Rechners: Nennen Sie ihn, etwa disk:/, net:eth0 oder gpu:0`
      : `${metric} gehört zu einem Stream: Nennen Sie seinen Pfad`,
  metricOfOther: ({ metric, of }) =>
    `${metric} ist eine Messgröße ${{ server: 'eines Servers', stream: 'eines Streams', host: 'eines Rechners', device: 'eines Teils eines Rechners', probe: 'eines Messpunkts' }[of]}, und nicht alles Gefragte ist so etwas`,
  noServerOfName: ({ name, meant, known }) =>
    `„${name}“ gibt es nicht; ${either(meant, known.length === 0 ? 'es gibt keinen' : `es gibt ${known.join(', ')}`)}`,
}
