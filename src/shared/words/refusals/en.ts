import type { Rest } from '../catalogue.ts'
import type { RefusalWords } from './refusalWords.ts'

const because = {
  full: 'The disk of the console is full, so nothing was stored. Free some space and try again.',
  notWritable: 'The data folder of the console cannot be written, so nothing was stored. Its log says more.',
  busy: 'Another program holds the database of the console, so nothing was stored. Try again.',
}

export const en: Rest<RefusalWords> = {
  notAllowed: ({ name, needs, has }) =>
    `This needs the permission "${needs}"; ${name} has ${has === null ? 'none' : `"${has}"`}. Ask whoever administers this console.`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `Not accepted. ${mistakes}${more > 0 ? ` (and ${more} more)` : ''}`,
  hostNotAsked: (name) => `${name} is not watched now.`,
  toolUnusable: (problem) => `Not kept. ${problem}`,
  serverNotChanged: (name, error) => `Nothing was changed on ${name}. ${error ?? 'It is not asked now.'}`,
  alarmsNotKept: (since) => `Alarms are kept from ${since} on.`,
}
