/** Wörter der Kanäle, denen Alarme gemeldet werden. */
export const de = {
  channels: {
    title: 'Kanäle',
    test: 'Testen',
    testOf: 'Eine Testmeldung an {{name}} senden',
    accepted: '{{name}} hat die Testmeldung angenommen',
    notAccepted: '{{name}}: {{reason}}',
    well: 'nimmt Meldungen an',
    unused: 'noch nichts gesendet',
    refusedAt: 'Hat um {{time}} eine Meldung abgelehnt: {{reason}}',
    empty: 'Alarme werden niemandem außerhalb gemeldet',
    emptyText: 'Kanäle und Routen stehen in der Konfigurationsdatei: docs/alarms.md sagt, wie. Sie gelten, während die Konsole läuft.',
    column: {
      name: 'Name',
      kind: 'Art',
      to: 'Wohin',
      state: 'Zustand',
      waiting: 'Wartend',
      refused: 'Abgelehnt',
      delivered: 'Zuletzt angenommen',
    },
  },
}
