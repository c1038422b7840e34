import { isPassing } from '../../sendFailures.ts'
import type { SendFailureWords } from './sendFailureWords.ts'

export const ru: SendFailureWords = {
  unreachable: ({ code }) => `Канал недоступен (${code}). Проверьте его URL и сеть до него.`,
  noAnswer: ({ code }) => `Канал принял соединение, но не ответил вовремя (${code}). Сообщение будет отправлено ещё раз.`,
  status: ({ status }) =>
    isPassing(status)
      ? `Канал ответил кодом ${status}. Сообщение будет отправлено ещё раз.`
      : `Канал отклонил сообщение (код ${status}). Проверьте его URL и токен.`,
  answer: ({ said, isPassing }) => (isPassing ? `Канал ответил: ${said}. Сообщение будет отправлено ещё раз.` : `Канал отклонил сообщение: ${said}.`),
  signIn: ({ said }) => `Канал не принимает учётные данные (${said}). Исправьте их; до тех пор сообщения ждут.`,
  template: ({ said }) => `Шаблон канала не составил сообщение: ${said}. Исправьте его.`,
  removed: () => 'Канал убрали из конфигурации до отправки сообщения.',
}
