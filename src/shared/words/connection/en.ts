import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import type { ConnectionWords } from './connectionWords.ts'

const say = sayIn('en')
const useAddress = (api: string) => `The API answers at ${api}: use that address.`
const notNeeded = 'this console does not need it.'

export const en: Rest<ConnectionWords> = {
  without: { api: '', webrtc: notNeeded, metrics: notNeeded },
  found: {
    apiAnswers: ({ version, paths, open, passwordInClear }) =>
      joined(
        `MediaMTX ${version ?? 'older than 1.15.2'} answers, with ${say.count(paths, { one: 'path', other: 'paths' })}.`,
        open === 'alsoWithout' && `It answers without a password too: this server's API is open to all who reach it.`,
        open === 'noPassword' && `It asked for no password: this server's API is open to all who reach it.`,
        passwordInClear && 'The password is sent in clear: prefer https://.',
      ),
    otherProtocol: ({ port, protocol, api, apiPort }) => [
      `Port ${port} is MediaMTX's ${protocol}, not its API.`,
      api === null ? `The API's own port is ${apiPort}, where it does not answer yet: switch it on.` : useAddress(api),
    ],
    notTheApi: ({ apiPort }) => ['This is MediaMTX, but not its API.', `The API's own port is ${apiPort} (apiAddress in mediamtx.yml).`],
    apiOff: () => [
      'MediaMTX runs on this host, but its API does not answer here.',
      'It is off by default: enable it in mediamtx.yml ("api: yes"), or listens on another port.',
    ],
    answers: (_, { port }) => `${port} answers.`,
    switchedOff: (_, { port, key, without }) => `${port} is switched off on the server ("${key}: no"): ${without}`,
    notAnAddress: () => ['This is no address.', 'Write it like http://10.0.0.5:8888.'],
    noAnswer: (_, { port }) => `${port} does not answer at its usual port.`,
    loopbackOnly: ({ address }, { port, without }) => `${port} listens on the server itself only (${address}): ${without}`,
  },
  useAddress,
  wrongPassword: ['The server refuses this user or password.', 'Correct them and test again, or give this user access with the lines below.'],
  usualPort: (port) => `The API's usual port is ${port}, and it does not answer there either.`,
}
