import type { Words } from '../words.ts'

/** German words of diagnoses. */
export const de = {
  diagnosis: {
    button: 'Diagnose',
    hint: 'Versucht Ports, TLS, API und Protokolle je einmal und sagt, was nicht stimmt und was zu tun ist',
    title: 'Diagnose',
    text: '{{name}}, von dieser Konsole aus gesehen. Am Server wird nichts geändert.',
    running: 'Alles wird einmal versucht, höchstens eine halbe Minute lang…',
    steps: 'Was versucht wurde',
    endedAt: 'um {{time}}',
    again: 'Noch einmal',
    wake: 'Quelle starten und noch einmal',
    copy: 'Als Text kopieren',
    copied: 'Kopiert',
    failed: 'Keine Diagnose: {{reason}}',
    outcome: { ok: 'in Ordnung', warning: 'zu beachten', failed: 'fehlgeschlagen', skipped: 'nicht versucht' },
  },
  playability: {
    title: 'Wo er läuft',
    notTried: 'nach Spuren und Konfiguration',
    triedAt: 'versucht um {{time}}',
    byTracksThen: 'nach seinen Spuren von damals',
    try: 'Versuchen',
    trying: 'Wird versucht…',
    hint: 'Versucht von dieser Konsole aus jedes Protokoll einmal und urteilt neu',
    failed: 'Nicht beurteilt: {{reason}}',
  },
} as const satisfies Words
