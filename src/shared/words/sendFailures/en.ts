import { isPassing } from '../../sendFailures.ts'
import type { Rest } from '../catalogue.ts'
import type { SendFailureWords } from './sendFailureWords.ts'

export const en: Rest<SendFailureWords> = {
  certificate: ({ problem, code }) =>
    ({
      expired: `The certificate of the channel has expired (${code}). Have it renewed; messages wait until then.`,
      otherName: `The certificate of the channel is for another name than that of its URL (${code}). Correct the URL or the certificate; messages wait until then.`,
      untrusted: `The certificate of the channel is not trusted here (${code}). Have this machine trust who signed it; messages wait until then.`,
    })[problem],
  status: ({ status }) =>
    isPassing(status)
      ? `The channel answered with status ${status}. The message is sent again.`
      : `The channel refused the message (status ${status}). Check its URL and its token.`,
  answer: ({ said, isPassing }) => (isPassing ? `The channel answered: ${said}. The message is sent again.` : `The channel refused the message: ${said}.`),
}
