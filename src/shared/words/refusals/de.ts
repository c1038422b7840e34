import { sayIn } from '../say.ts'
import type { RefusalWords } from './refusalWords.ts'

const say = sayIn('de')
const because = {
  full: 'Der Datenträger der Konsole ist voll, es wurde nichts gespeichert. Schaffen Sie Platz und versuchen Sie es erneut.',
  notWritable: 'Der Datenordner der Konsole ist nicht beschreibbar, es wurde nichts gespeichert. Mehr steht in ihrem Log.',
  busy: 'Ein anderes Programm hält die Datenbank der Konsole, es wurde nichts gespeichert. Versuchen Sie es erneut.',
}

export const de: RefusalWords = {
  noSuchServer: () => 'Diesen Server gibt es nicht.',
  noSuchHost: () => 'Diesen Rechner gibt es nicht.',
  noSuchStream: () => 'Diesen Stream gibt es nicht.',
  noSuchAlarm: () => 'Diesen Alarm gibt es nicht.',
  noSuchChannel: () => 'Diesen Kanal gibt es nicht.',
  channelFromFile: () => 'Dieser Kanal steht in der Konfigurationsdatei: Ändern Sie ihn dort.',
  readinessFromFile: () => 'Dies steht in der Konfigurationsdatei: Ändern Sie es dort.',
  channelNameTaken: () => 'Es gibt einen Kanal dieses Namens, vielleicht von anderer Art: Wählen Sie einen anderen Namen.',
  tooManyChannels: () => 'Es gibt zu viele: Entfernen Sie einige.',
  noSuchRouteEntered: () => 'In der Konsole gibt es diese Route nicht.',
  noSuchMaintenance: () => 'Dieses Wartungsfenster gibt es nicht.',
  maintenanceFromFile: () => 'Dieses Wartungsfenster stammt aus der Konfigurationsdatei: Ändern Sie es dort.',
  tooManyMaintenance: () => 'Es gibt zu viele Wartungsfenster: Entfernen Sie vergangene.',
  noSuchOnAir: () => 'Diese Sendezeiten gibt es nicht.',
  onAirFromFile: () => 'Diese Sendezeiten stammen aus der Konfigurationsdatei: Ändern Sie sie dort.',
  tooManyOnAir: () => 'Es gibt zu viele Pläne mit Sendezeiten: Entfernen Sie einige.',
  noSuchEdit: () => 'Zu einer Regel mit dieser Kennung wurde nichts eingegeben.',
  ruleFromFile: () => 'Diese Regel steht in der Konfigurationsdatei: Ändern Sie sie dort.',
  ruleTaken: () => 'Es gibt schon eine Regel mit dieser Kennung: Ändern Sie diese.',
  tooManyRules: () => 'Es gibt zu viele Regeln: Entfernen Sie einige.',
  ruleChangedMeanwhile: () =>
    'Jemand hat diese Regel geändert, seit Sie sie geöffnet haben. Ihre Eingaben sind noch da: Sehen Sie sich die Regel an, wie sie jetzt ist; erneutes Speichern ersetzt sie.',
  rehearsalRunning: () => 'Eine von Ihnen gestartete Probe läuft noch: Warten Sie, bis sie endet, oder brechen Sie sie ab.',
  tooManyMoments: () => 'Zu viele Zeitpunkte der Vergangenheit wurden gleichzeitig abgefragt. Versuchen Sie es in einigen Sekunden erneut.',
  endNotAhead: () => 'Das Ende muss in der Zukunft liegen, bei zurückgestellten Alarmen höchstens 31 Tage.',
  nothingKept: () => 'Von dieser Zeit ist nichts aufbewahrt.',
  closedUnreadable: () =>
    'Abgeschlossene Alarme können jetzt nicht gelesen werden: Ihre Datei ist beschädigt, oder das Laufwerk liest sie nicht. Mehr steht im Log der Konsole.',
  serverFromFile: () => 'Dieser Server stammt aus der Konfigurationsdatei: Ändern Sie ihn dort.',
  hostFromFile: () => 'Dieser Rechner stammt aus der Konfigurationsdatei: Ändern Sie ihn dort.',
  serverNameTaken: () => 'Ein anderer Server heißt schon so.',
  hostNameTaken: () => 'Ein anderer Rechner heißt schon so.',
  secretsUnavailable: () => 'Auf diesem System lassen sich keine Geheimnisse speichern.',
  otherKey: () => 'Der Rechner zeigt inzwischen einen anderen Schlüssel: Vergleichen Sie noch einmal.',
  bundleReadOnly: () => 'Diese Konsole zeigt ein Paket: Darin lässt sich nichts ändern.',
  bundleGone: () => 'Dieses Paket ist nicht mehr da. Erstellen Sie es erneut.',
  notSignedIn: () => 'Melden Sie sich zuerst an: mit „Authorization: Bearer <Token>“ oder im Browser mit dem Token.',
  wrongToken: () => 'Das ist nicht das Token dieser Konsole.',
  tooManyTries: () => 'Von dieser Adresse kamen zu viele falsche Tokens. Versuchen Sie es in einigen Sekunden erneut.',
  foreignHost: () =>
    'Unter diesem Namen ist die Konsole nicht bekannt. Verwenden Sie ihre IP-Adresse oder tragen Sie ihn in der Konfiguration als publicUrl ein.',
  foreignOrigin: () => 'Diese Anfrage kommt von einer Seite anderer Herkunft.',
  lengthMissing: () => 'Senden Sie den Inhalt mit Content-Length.',
  bodyTooLarge: () => 'Der Inhalt ist zu groß.',
  bodyUnreadable: () => 'Der Inhalt ist nicht lesbar. Senden Sie ihn als JSON (application/json).',
  noSuchRoute: () => 'Diese Route gibt es nicht; /api/openapi.json nennt alle.',
  noSuchSocket: () => 'Hier gibt es keinen WebSocket.',
  noSuchPage: () => 'Diese Seite gibt es nicht.',
  notBuilt: () => 'Die Konsole ist nicht gebaut: Führen Sie „npm run build“ aus.',
  tooManyConsoles: () => 'Zu viele Konsolen sind verbunden.',
  consoleFailed: () => 'Die Konsole konnte nicht antworten; ihr Log nennt den Grund.',
  notAllowed: ({ name, needs, has }) =>
    `Dafür ist das Recht „${needs}“ nötig; ${name} hat ${has === null ? 'keines' : `„${has}“`}. Fragen Sie, wer diese Konsole verwaltet.`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `Nicht angenommen. ${mistakes}${more > 0 ? ` (und ${more} weitere)` : ''}`,
  hostNotAsked: (name) => `${name} wird zurzeit nicht beobachtet.`,
  toolUnusable: (problem) => `Nicht übernommen. ${problem}`,
  alarmsNotKept: (since) => `Alarme sind ab ${since} aufbewahrt.`,
  searchTooWide: ({ looked }) =>
    `${say.number(looked)} Alarme wurden durchgesehen, und nur wenige davon passen. Engen Sie den Zeitraum ein oder geben Sie weitere Suchwörter ein.`,
}
