import type { Rest } from '../catalogue.ts'
import type { RefusalWords } from './refusalWords.ts'

const because = {
  full: 'Der Datenträger der Konsole ist voll, es wurde nichts gespeichert. Schaffen Sie Platz und versuchen Sie es erneut.',
  notWritable: 'Der Datenordner der Konsole ist nicht beschreibbar, es wurde nichts gespeichert. Mehr steht in ihrem Log.',
  busy: 'Ein anderes Programm hält die Datenbank der Konsole, es wurde nichts gespeichert. Versuchen Sie es erneut.',
}

export const de: Rest<RefusalWords> = {
  notAllowed: ({ name, needs, has }) =>
    `Dafür ist das Recht „${needs}“ nötig; ${name} hat ${has === null ? 'keines' : `„${has}“`}. Fragen Sie, wer diese Konsole verwaltet.`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `Nicht angenommen. ${mistakes}${more > 0 ? ` (und ${more} weitere)` : ''}`,
  hostNotAsked: (name) => `${name} wird zurzeit nicht beobachtet.`,
  toolUnusable: (problem) => `Nicht übernommen. ${problem}`,
  serverNotChanged: (name, error) => `Auf ${name} wurde nichts geändert. ${error ?? 'Er wird zurzeit nicht abgefragt.'}`,
  alarmsNotKept: (since) => `Alarme sind ab ${since} aufbewahrt.`,
}
