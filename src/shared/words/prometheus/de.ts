import type { PrometheusWords } from './prometheusWords.ts'

export const de: PrometheusWords = {
  title:
    'Die geltenden Regeln von mtxdeck als Alarmregeln über sein /metrics (ab Prometheus 2.42). Vorfälle, Zurückstellen, Wartung und Flattern bleiben bei mtxdeck.',
  differs: 'Nicht ganz dasselbe wie dort:',
  left: 'Nicht in dieser Datei:',
  why: {
    event: 'beobachtet ein Ereignis, das kein Messwert ist',
    unusual: 'vergleicht mit dem Üblichen, das mtxdeck lernt',
    noMetric: 'was sie beobachtet, ist keine Metrik',
    field: 'sie gilt für Felder von Namen, die keine Labels sind',
    state: 'Grenze eines Zustands, der dort ein Label ist',
    ofReadings: 'sie vergleicht den Zuwachs von einer Messung eines Messpunkts zur nächsten, und jeder hat sein eigenes Intervall',
    off: 'ausgeschaltet',
    noLimit: 'ohne Grenze, bis jemand eine nennt',
  },
  remarks: {
    averaged: 'der Zuwachs von Abfrage zu Abfrage wird über eine Minute gemittelt',
    soundToo: 'auch Streams nur mit Ton werden beurteilt',
    eachLevel: 'jede Stufe ist ein eigener Alarm; die mildere unterdrückt Alertmanager (inhibit)',
  },
}
