import type { Rest } from '../catalogue.ts'
import type { CanaryWords } from './canaryWords.ts'

export const ru: Rest<CanaryWords> = {
  what: {
    protocolOff: (_, by) => `${by} на этом сервере выключен, или его адрес неизвестен.`,
    badAddress: (_, by) => `Адрес ${by} не является адресом.`,
    credentialsUnfit: (_, by) => `Имя и пароль или токен слишком длинны для ${by} или содержат двоеточие.`,
    refused: (_, by) => `Сервер не позволяет этому пользователю публиковать канареечный поток по ${by}.`,
    withheld: (_, by) =>
      `${by} этого сервера требует пароль. Он не отправляется: адрес принадлежит другому узлу, чем API, или передал бы его открыто, тогда как API зашифрован.`,
    notPublished: (_, by, because) => `Не удалось опубликовать канареечный поток по ${by}. ${because}`,
  },
}
