import { isPassing } from '../../sendFailures.ts'
import type { SendFailureWords } from './sendFailureWords.ts'

export const en: SendFailureWords = {
  unreachable: ({ code }) => `The channel cannot be reached (${code}). Check its URL and the network between here and there.`,
  certificate: ({ problem, code }) =>
    ({
      expired: `The certificate of the channel has expired (${code}). Have it renewed; messages wait until then.`,
      otherName: `The certificate of the channel is for another name than that of its URL (${code}). Correct the URL or the certificate; messages wait until then.`,
      untrusted: `The certificate of the channel is not trusted here (${code}). Have this machine trust who signed it; messages wait until then.`,
    })[problem],
  noAnswer: ({ code }) => `The channel took the connection, but did not answer in time (${code}). The message is sent again.`,
  status: ({ status }) =>
    isPassing(status)
      ? `The channel answered with status ${status}. The message is sent again.`
      : `The channel refused the message (status ${status}). Check its URL and its token.`,
  answer: ({ said, isPassing }) => (isPassing ? `The channel answered: ${said}. The message is sent again.` : `The channel refused the message: ${said}.`),
  signIn: ({ said }) => `The channel does not accept the credentials (${said}). Correct them; messages wait until then.`,
  template: ({ said }) => `The template of the channel makes no message of this: ${said}. Correct it.`,
  removed: () => 'The channel was taken out of the configuration before the message was sent.',
}
