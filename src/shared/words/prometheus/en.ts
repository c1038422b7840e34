import type { PrometheusWords } from './prometheusWords.ts'

export const en: PrometheusWords = {
  title:
    'The rules of mtxdeck in force, as alerting rules over its /metrics (Prometheus 2.42 or newer). Incidents, shelves, maintenance and flapping stay with mtxdeck.',
  differs: 'Not quite the same as there:',
  left: 'Not in this file:',
  why: {
    event: 'it watches an event, which is no figure',
    unusual: 'it compares with what is usual, which mtxdeck learns',
    noMetric: 'what it watches is no metric',
    field: 'it is for fields of names, which are no labels',
    state: 'a limit of a state, which is a label there',
    ofReadings: 'it compares the increase from one reading of a probe to the next, whose interval is its own',
    off: 'it is switched off',
    noLimit: 'it has no limit until somebody gives one',
  },
  remarks: {
    averaged: 'the increase from poll to poll is averaged over a minute',
    soundToo: 'streams with sound alone are judged, too',
    eachLevel: 'each level is an alert of its own; let Alertmanager inhibit the milder one',
  },
}
