import type { Rest } from '../catalogue.ts'
import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` и ещё ${count - paths.length}` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : ` (${names(paths, count)})`)

export const ru: Rest<ConfigurationWords> = {
  what: {
    neverAsked: ({ setting, actions }) => `Любой, кому доступен сервер, может делать это без пароля, так как это указано в ${setting}: ${actions.join(', ')}.`,
    openOnMachine: ({ actions }) =>
      `Любой, кто работает на самой машине сервера, может пользоваться этим без пароля; порты открыты только для неё самой: ${actions.join(', ')}.`,
    anyWebsite: ({ settings }) => `Любой сайт может обращаться к серверу из браузера того, кто его открыл: ${settings.join(', ')}.`,
    recordingsKept: ({ paths, count }) => `Записи никогда не удаляются: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `Заставка записывается, пока никто не вещает: ${names(paths, count)}.`,
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `Начиная с ${since} сервер не запустится${ofPaths(where)}: «${said}». Измените это до обновления.`,
    sourcesNeedPasswords: ({ since, ...where }) =>
      `Начиная с ${since} сервер не запустится, если у одного из этих источников есть имя без пароля или пароль без имени${ofPaths(where)}.`,
    namesRefused: ({ since, ...where }) => `Начиная с ${since} не принимаются: в имени есть символы, кроме A–Z, 0–9, _ - . и /${ofPaths(where)}.`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)} с версии ${since} его заменяет ${now.join(', ')}. Пока он читается.`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} будет удалён (объявлено в ${since}).`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} начиная с ${since} ни на что не влияет.`,
  },
}
