import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined } from '../texts.ts'
import type { ConnectionWords } from './connectionWords.ts'

const say = sayIn('ru')
const useAddress = (api: string) => `API отвечает по адресу ${api}: укажите его.`
const notNeeded = 'Этой консоли он не нужен.'

export const ru: Rest<ConnectionWords> = {
  without: { api: '', webrtc: notNeeded, metrics: notNeeded },
  found: {
    apiAnswers: ({ version, paths, open, passwordInClear }) =>
      joined(
        `MediaMTX ${version ?? '(до 1.15.2)'} отвечает, путей: ${say.number(paths)}.`,
        open === 'alsoWithout' && 'Он отвечает и без пароля: API этого сервера открыт для всех, кому он доступен.',
        open === 'noPassword' && 'Пароль не потребовался: API этого сервера открыт для всех, кому он доступен.',
        passwordInClear && 'Пароль передаётся открытым текстом: лучше https://.',
      ),
    otherProtocol: ({ port, protocol, api, apiPort }) => [
      `Порт ${port} у MediaMTX — ${protocol}, а не API.`,
      api === null ? `Порт API — ${apiPort}, но там он пока не отвечает: включите его.` : useAddress(api),
    ],
    notTheApi: ({ apiPort }) => ['Это MediaMTX, но не его API.', `Порт API — ${apiPort} (apiAddress в mediamtx.yml).`],
    apiOff: () => ['MediaMTX на этой машине работает, но его API здесь не отвечает.', 'Включите его в mediamtx.yml («api: yes») или укажите другой порт.'],
    answers: (_, { port }) => `${port}: отвечает.`,
    switchedOff: (_, { port, key, without }) => `${port}: на сервере выключено («${key}: no»). ${without}`,
    notAnAddress: () => ['Это не адрес.', 'Пишите его так: http://10.0.0.5:8888.'],
    noAnswer: (_, { port }) => `${port}: на обычном порту ответа нет.`,
    loopbackOnly: ({ address }, { port, without }) => `${port}: доступно только на самом сервере (${address}). ${without}`,
  },
  useAddress,
  wrongPassword: ['Сервер не принял пользователя или пароль.', 'Исправьте их и проверьте снова или дайте этому пользователю доступ строками ниже.'],
  usualPort: (port) => `Обычный порт API — ${port}, но и там он не отвечает.`,
}
