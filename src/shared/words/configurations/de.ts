import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` und ${count - paths.length} weitere` : ''}`

export const de: ConfigurationWords = {
  what: {
    anyMayAdminister: () => 'Wer den Server erreicht, darf ohne Passwort seine API benutzen oder seine Messwerte lesen.',
    anyMayPublish: () => 'Wer den Server erreicht, darf ohne Passwort auf jeden Pfad senden.',
    anyMayWatch: () => 'Wer den Server erreicht, darf ohne Passwort jeden Stream ansehen.',
    anyWebsite: ({ settings }) => `Jede Website darf den Server aus dem Browser dessen fragen, der sie öffnet: ${settings.join(', ')}.`,
    takeover: () => 'Ein zweiter Publisher verdrängt den, der auf Sendung ist (overridePublisher).',
    noReaderLimit: () => 'Die Zahl der Leser eines Pfads ist nicht begrenzt (maxReaders).',
    recordingsKept: ({ paths, count }) => `Aufnahmen werden nie gelöscht: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `Die Tafel wird aufgenommen, während niemand sendet: ${names(paths, count)}.`,
    passwordsTold: () => 'Die API dieser Version nennt die Passwörter interner Benutzer jedem, der sie benutzen darf (vor 1.20.1).',
    endedByRequest: () => 'Eine einzige Anfrage an die API dieser Version beendet den Server mit allen Streams (bis 1.5).',
    playbackOpen: () => 'Sind Benutzer noch auf die alte Art gesetzt (readUser, publishUser), sind Aufnahmen ohne Passwort abspielbar (vor 1.21.2).',
    slowKeys: () => 'Solange die Adresse der JWT-Schlüssel langsam antwortet, kann sich niemand anmelden (vor 1.21.2).',
    forwardsRestarted: () => 'Wird ein Weiterleitungsziel entfernt, starten die folgenden neu (vor 1.21.3).',
  },
  todo: {
    anyMayAdminister: () => 'Das Recht einem Benutzer mit Passwort geben oder den Adressen, die es brauchen.',
    anyMayPublish: () => 'Kameras und Encodern einen Benutzer mit Passwort geben.',
    anyMayWatch: () => 'Für öffentliche Streams in Ordnung; sonst Zuschauern einen Benutzer mit Passwort geben.',
    anyWebsite: () => 'Die Websites nennen, die es brauchen, oder keine.',
    takeover: () => 'In Ordnung, wo Encoder sich neu verbinden oder füreinander einspringen; sonst abschalten.',
    noReaderLimit: () => 'Eine Grenze setzen, die das Netz des Servers trägt.',
    recordingsKept: () => 'Eine Zeit setzen, nach der sie gelöscht werden; sonst läuft die Platte voll.',
    slateRecorded: () => 'Nur aufnehmen, während jemand sendet.',
    passwordsTold: () => 'Den Server aktualisieren und die Passwörter ändern.',
    endedByRequest: () => 'Den Server aktualisieren; bis dahin nur diese Konsole an seine API lassen.',
    playbackOpen: () => 'Den Server aktualisieren oder authInternalUsers benutzen.',
    slowKeys: () => 'Den Server aktualisieren.',
    forwardsRestarted: () => 'Den Server aktualisieren oder Ziele entfernen, wenn nichts auf Sendung ist.',
  },
}
