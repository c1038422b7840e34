import { isPassing } from '../../sendFailures.ts'
import type { Rest } from '../catalogue.ts'
import type { SendFailureWords } from './sendFailureWords.ts'

export const ru: Rest<SendFailureWords> = {
  certificate: ({ problem, code }) =>
    ({
      expired: `Срок действия сертификата канала истёк (${code}). Обновите его; до тех пор сообщения ждут.`,
      otherName: `Сертификат канала выдан на другое имя, чем в его URL (${code}). Исправьте URL или сертификат; до тех пор сообщения ждут.`,
      untrusted: `Сертификату канала здесь не доверяют (${code}). Добавьте его издателя в доверенные на этой машине; до тех пор сообщения ждут.`,
    })[problem],
  status: ({ status }) =>
    isPassing(status)
      ? `Канал ответил кодом ${status}. Сообщение будет отправлено ещё раз.`
      : `Канал отклонил сообщение (код ${status}). Проверьте его URL и токен.`,
  answer: ({ said, isPassing }) => (isPassing ? `Канал ответил: ${said}. Сообщение будет отправлено ещё раз.` : `Канал отклонил сообщение: ${said}.`),
}
