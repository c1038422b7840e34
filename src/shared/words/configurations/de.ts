import type { Rest } from '../catalogue.ts'
import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` und ${count - paths.length} weitere` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : ` (${names(paths, count)})`)

export const de: Rest<ConfigurationWords> = {
  what: {
    neverAsked: ({ setting, actions }) => `Wer den Server erreicht, darf dies ohne Passwort, weil ${setting} es nennt: ${actions.join(', ')}.`,
    openOnMachine: ({ actions }) =>
      `Wer auf dem Rechner des Servers angemeldet ist, darf dies ohne Passwort; es lauscht nur auf dessen Loopback-Adresse: ${actions.join(', ')}.`,
    anyWebsite: ({ settings }) => `Jede Website darf den Server aus dem Browser dessen fragen, der sie öffnet: ${settings.join(', ')}.`,
    recordingsKept: ({ paths, count }) => `Aufzeichnungen werden nie gelöscht: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `Die Tafel wird aufgenommen, während niemand sendet: ${names(paths, count)}.`,
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `Startet ab ${since} nicht${ofPaths(where)}: „${said}“. Vorher ändern.`,
    sourcesNeedPasswords: ({ since, ...where }) =>
      `Startet ab ${since} nicht, wenn eine dieser Quellen einen Benutzer ohne Passwort oder ein Passwort ohne Benutzer hat${ofPaths(where)}.`,
    namesRefused: ({ since, ...where }) => `Ab ${since} nicht zugelassen, weil der Name andere Zeichen als A–Z, 0–9, _ - . und / enthält${ofPaths(where)}.`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)} wird ab ${since} durch ${now.join(', ')} ersetzt. Gelesen wird es noch.`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} soll entfallen (angekündigt ab ${since}).`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} hat ab ${since} keine Wirkung.`,
  },
}
