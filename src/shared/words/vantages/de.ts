import type { VantageWords } from './vantageWords.ts'

export const de: VantageWords = {
  what: {
    tokenRefused: () => 'Sie lehnt das Token ab.',
    notMtxdeck: ({ status }) => `Was dort antwortet (Status ${status}), ist kein mtxdeck, das sagt, was es sieht.`,
    unreadable: () => 'Ihre Antwort ist nicht lesbar.',
    sameAnswer: () => 'Sie gibt immer wieder dieselbe Antwort.',
    secretUnreadable: () => 'Ihr Token lässt sich nicht entschlüsseln.',
    itself: () => 'Dies ist die Adresse dieser Konsole.',
  },
  todo: {
    tokenRefused: () => 'Geben Sie ihr Anmelde-Token ein, oder das ihrer probesTokenFile. Alle fünf Minuten wird es erneut versucht.',
    notMtxdeck: () => 'Prüfen Sie Adresse und Port (8787, wenn nicht anders eingestellt); ein älteres mtxdeck muss aktualisiert werden.',
    unreadable: () => 'Aktualisieren Sie die ältere der beiden Konsolen.',
    sameAnswer: () => 'Suchen Sie zwischen beiden Konsolen einen Proxy, der Antworten zwischenspeichert: Er muss jede Anfrage weiterreichen.',
    secretUnreadable: () => 'Geben Sie das Token noch einmal ein.',
    itself: () => 'Ein zweiter Standort ist ein mtxdeck an einem anderen Ort.',
  },
  reach: 'Prüfen Sie Adresse und Port, ob sie läuft, ob sie über ihre eigene Maschine hinaus lauscht (listen), und das Netz dazwischen.',
}
