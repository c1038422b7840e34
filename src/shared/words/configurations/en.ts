import type { Rest } from '../catalogue.ts'
import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` and ${count - paths.length} more` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : ` (${names(paths, count)})`)

export const en: Rest<ConfigurationWords> = {
  what: {
    neverAsked: ({ setting, actions }) => `Anyone who reaches the server may do this without a password, because ${setting} names it: ${actions.join(', ')}.`,
    openOnMachine: ({ actions }) =>
      `Anyone on the server’s own machine may use these without a password; they listen on its loopback address only: ${actions.join(', ')}.`,
    anyWebsite: ({ settings }) => `Any website may ask the server from the browser of whoever opens it: ${settings.join(', ')}.`,
    recordingsKept: ({ paths, count }) => `Recordings are never deleted: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `The slate is recorded while nobody publishes: ${names(paths, count)}.`,
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `Does not start from ${since} on${ofPaths(where)}: “${said}”. Change this before.`,
    sourcesNeedPasswords: ({ since, ...where }) =>
      `Does not start from ${since} on if one of these sources has a user without a password, or a password without a user${ofPaths(where)}.`,
    namesRefused: ({ since, ...where }) => `Not let in from ${since} on, because of other characters than A–Z, 0–9, _ - . and / in the name${ofPaths(where)}.`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)} is replaced by ${now.join(', ')} from ${since} on. It is still read.`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} is to be removed (said from ${since} on).`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} has no effect from ${since} on.`,
  },
}
