import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { ConnectionWords } from './connectionWords.ts'

const say = sayIn('zh')
const useAddress = (api: string) => `API 在 ${api} 应答：请使用该地址。`
const notNeeded = '本控制台不需要它。'

export const zh: Rest<ConnectionWords> = {
  without: { api: '', webrtc: notNeeded, metrics: notNeeded },
  found: {
    apiAnswers: ({ version, paths, open, passwordInClear }) =>
      [
        `MediaMTX ${version ?? '（早于 1.15.2）'} 有应答，共 ${say.number(paths)} 条路径。`,
        open === 'alsoWithout' && '不带密码也会应答：能访问到该服务器的任何人都可以使用其 API。',
        open === 'noPassword' && '它没有要求密码：能访问到该服务器的任何人都可以使用其 API。',
        passwordInClear && '密码以明文传输：建议使用 https://。',
      ]
        .filter(Boolean)
        .join(''),
    otherProtocol: ({ port, protocol, api, apiPort }) => [
      `端口 ${port} 是 MediaMTX 的 ${protocol}，不是 API。`,
      api === null ? `API 的端口是 ${apiPort}，目前没有应答：请启用它。` : useAddress(api),
    ],
    notTheApi: ({ apiPort }) => ['这是 MediaMTX，但不是它的 API。', `API 的端口是 ${apiPort}（mediamtx.yml 中的 apiAddress）。`],
    apiOff: () => ['该主机上运行着 MediaMTX，但此处没有 API 应答。', '需要在 mediamtx.yml 中启用（“api: yes”），或者它监听的是其他端口。'],
    answers: (_, { port }) => `${port} 有应答。`,
    switchedOff: (_, { port, key, without }) => `${port}：服务器上未启用（“${key}: no”）。${without}`,
    notAnAddress: () => ['这不是地址。', '请写成 http://10.0.0.5:8888 的形式。'],
    noAnswer: (_, { port }) => `${port} 在常用端口上没有应答。`,
    loopbackOnly: ({ address }, { port, without }) => `${port} 只在服务器本机监听（${address}）。${without}`,
  },
  useAddress,
  wrongPassword: ['服务器拒绝了该用户或密码。', '请更正后重新测试，或用下面的配置行授权该用户。'],
  usualPort: (port) => `API 的常用端口是 ${port}，那里也没有应答。`,
}
