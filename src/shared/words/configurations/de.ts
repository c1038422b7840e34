import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` und ${count - paths.length} weitere` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : ` (${names(paths, count)})`)

export const de: ConfigurationWords = {
  what: {
    anyMayAdminister: () => 'Wer den Server erreicht, darf ohne Passwort seine API benutzen oder seine Messwerte lesen.',
    anyMayPublish: () => 'Wer den Server erreicht, darf ohne Passwort auf jeden Pfad senden.',
    neverAsked: ({ setting, actions }) => `Wer den Server erreicht, darf dies ohne Passwort, weil ${setting} es nennt: ${actions.join(', ')}.`,
    anyMayWatch: () => 'Wer den Server erreicht, darf ohne Passwort jeden Stream ansehen.',
    openOnMachine: ({ actions }) =>
      `Wer auf dem Rechner des Servers angemeldet ist, darf dies ohne Passwort; es lauscht nur auf dessen Loopback-Adresse: ${actions.join(', ')}.`,
    anyWebsite: ({ settings }) => `Jede Website darf den Server aus dem Browser dessen fragen, der sie öffnet: ${settings.join(', ')}.`,
    takeover: () => 'Ein zweiter Sender verdrängt den, der auf Sendung ist (overridePublisher).',
    noReaderLimit: () => 'Die Zahl der Leser eines Pfads ist nicht begrenzt (maxReaders).',
    recordingsKept: ({ paths, count }) => `Aufzeichnungen werden nie gelöscht: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `Die Tafel wird aufgenommen, während niemand sendet: ${names(paths, count)}.`,
    passwordsTold: () => 'Die API dieser Version nennt die Passwörter interner Benutzer jedem, der sie benutzen darf (vor 1.20.1).',
    endedByRequest: () => 'Eine einzige Anfrage an die API dieser Version beendet den Server mit allen Streams (bis 1.5).',
    playbackOpen: () => 'Sind Benutzer noch auf die alte Art gesetzt (readUser, publishUser), sind Aufzeichnungen ohne Passwort abspielbar (vor 1.21.2).',
    slowKeys: () => 'Solange die Adresse der JWT-Schlüssel langsam antwortet, kann sich niemand anmelden (vor 1.21.2).',
    forwardsRestarted: () => 'Wird ein Weiterleitungsziel entfernt, starten die folgenden neu (vor 1.21.3).',
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `Startet ab ${since} nicht${ofPaths(where)}: „${said}“. Vorher ändern.`,
    sourcesNeedPasswords: ({ since, ...where }) =>
      `Startet ab ${since} nicht, wenn eine dieser Quellen einen Benutzer ohne Passwort oder ein Passwort ohne Benutzer hat${ofPaths(where)}.`,
    namesRefused: ({ since, ...where }) => `Ab ${since} nicht zugelassen, weil der Name andere Zeichen als A–Z, 0–9, _ - . und / enthält${ofPaths(where)}.`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)} wird ab ${since} durch ${now.join(', ')} ersetzt. Gelesen wird es noch.`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} soll entfallen (angekündigt ab ${since}).`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} hat ab ${since} keine Wirkung.`,
    defaultChanged: ({ setting, since, before, after }) => `${setting} ist ab ${since} ${after} statt ${before}, wenn die Datei nichts anderes sagt.`,
    apiNeedsUser: ({ since }) =>
      `Ab ${since} darf nur der Server selbst seine API benutzen, wenn kein Benutzer in authInternalUsers es darf: Geben Sie mtxdeck einen mit der Aktion api.`,
    apiAsksServer: ({ since }) =>
      `Ab ${since} wird der Authentifizierungsserver auch zu API, Metriken und pprof gefragt, wenn authHTTPExclude sie nicht nennt: Er muss mtxdeck zulassen.`,
    moqListens: ({ since }) =>
      `Ab ${since} belegt MoQ die Ports 8892 (TCP und UDP) und 8893 (UDP); ist einer vergeben, startet der Server nicht. moq: no schaltet es ab.`,
    jwtQueryOff: ({ since }) => `Ab ${since} wird ein Token in einer HTTP-Adresse (?jwt=) abgelehnt, wenn authJWTInHTTPQuery nicht auf true steht.`,
    hlsViewersCounted: ({ since }) => `Ab ${since} wird jeder HLS-Zuschauer aufgeführt: Leser und Bitraten an Leser steigen mit einem Schlag.`,
  },
  todo: {
    anyMayAdminister: () => 'Das Recht einem Benutzer mit Passwort geben oder den Adressen, die es brauchen.',
    anyMayPublish: () => 'Kameras und Encodern einen Benutzer mit Passwort geben.',
    neverAsked: () => 'Von der Liste nehmen, damit nach der Berechtigung gefragt wird; mtxdeck vorher eine eigene Berechtigung geben.',
    anyMayWatch: () => 'Für öffentliche Streams in Ordnung; sonst Zuschauern einen Benutzer mit Passwort geben.',
    openOnMachine: () => 'In Ordnung, wo sich nur vertraute Personen anmelden und kein Reverse Proxy Anfragen weiterreicht; sonst ein Passwort verlangen.',
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
