import { mediaSchemes } from '../../media.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { addressExamples, doorNames, type PictureWords } from './pictureWords.ts'

const say = sayIn('ru')
const steps = { opening: 'при открытии', inspecting: 'при анализе', reading: 'при чтении', decoding: 'при декодировании', publishing: 'при публикации' }
const address = {
  characters: 'в нём пробелы или недопустимые знаки',
  notAnAddress: 'это не адрес',
  scheme: `его схема не из числа ${mediaSchemes.join(', ')}`,
  notInFull: 'он записан не полностью',
  noHost: 'в нём нет имени машины',
  parameters: 'в нём параметры не для читателя',
  notCaller: 'SRT читается только в режиме caller',
  awaitsCaller: 'отправитель сам вызывает эту консоль, и закрытие прервало бы его: такой адрес читается только непрерывно',
  linkLocal: 'он ведёт на локальный адрес канала',
  leadsInside: 'перенаправление или плейлист ведёт во внутреннюю сеть или на этот компьютер',
  otherForm: 'у запроса другой вид',
}
const unavailable = {
  noProcess: 'рядом с этой консолью не работает медиапроцесс',
  keepsEnding: 'медиапроцесс завершался снова и снова, причина в его журнале',
  onlyNodeAv: 'node-av не загружается, а другое не разрешено',
  needsNodeAv: 'node-av здесь не загружается, а публиковать можно только им',
}
const undecodable = {
  notMedia: 'это не медиаданные',
  noDecoder: 'для него нет декодера',
  endedEarly: 'он закончился до первого кадра',
  noWholePicture: 'ни одного целого кадра не пришло',
  playlistTooLarge: 'его плейлист слишком велик или называет слишком много других',
  webPage: 'вместо него пришла веб-страница, например страница входа',
}
const permission = 'Дайте ему право «action: read» в mediamtx.yml.'

export const ru: Rest<PictureWords> = {
  reasons: {
    readRefused: () => `Сервер не даёт этому пользователю читать поток. ${permission}`,
    otherMethod: ({ methods }) => `Здесь принимается только ${methods.join(', ')}.`,
    webrtcCodecs: ({ codecs }) => `WebRTC не может передавать ${codecs.join(', ')}.`,
    iceLoopbackOnly: ({ addresses }) =>
      `Для медиа WebRTC сервер предлагает только собственную машину (${addresses.join(', ')}), отсюда она недоступна. Добавьте в mediamtx.yml доступный отсюда адрес в «webrtcAdditionalHosts».`,
    icePrivateOnly: ({ addresses }) =>
      `Для медиа WebRTC сервер предлагает только частные адреса (${addresses.join(', ')}), к которым отсюда не нашлось пути, и ни одного сервера TURN. Добавьте в mediamtx.yml его публичный адрес в «webrtcAdditionalHosts» или сервер TURN в «webrtcICEServers2».`,
    iceNamesOnly: ({ addresses }) =>
      `Для медиа WebRTC сервер предлагает только имена, известные в его собственной сети (${addresses.join(', ')}). Добавьте в mediamtx.yml доступный отсюда адрес в «webrtcAdditionalHosts».`,
    iceBlocked: ({ addresses, tcp, relay }) =>
      `От ${addresses.join(', ')}, которые сервер предлагает для медиа WebRTC, сюда не пришло ответа. ${relay ? 'Откройте эти порты в межсетевых экранах на пути и проверьте, работает ли сервер TURN.' : tcp ? 'Откройте эти порты в межсетевых экранах на пути для UDP и TCP.' : 'Откройте порт UDP в межсетевых экранах на пути или включите на сервере также TCP: «webrtcLocalTCPAddress: :8189» в mediamtx.yml.'}`,
    rtspReadRefused: () => `Сервер не даёт этому пользователю читать поток по RTSP. ${permission}`,
    codecUnsupported: ({ codecs }) => `HLS не передаёт ${codecs.join(', ')}.`,
    badAddress: ({ of, address }) => `«${address}» — не адрес ${doorNames[of]}: пишите его так: ${addressExamples[of]}.`,
    refusedAddress: ({ because }) => `Этот адрес не открывается: ${address[because]}.`,
    timedOut: ({ limitMs }) => `За ${say.number(limitMs / 1000)} с картинка не появилась.`,
    undecodable: ({ because }) => `Поток декодировать не удалось: ${undecodable[because]}.`,
    unavailable: ({ because }) => `Картинок здесь не будет: ${unavailable[because]}.`,
  },
  unreachable: (doing, said) => `Поток прочитать не удалось: ${steps[doing]} FFmpeg сообщил «${said}».`,
  unread: (fault) => `Поток прочитать не удалось: ${fault}.`,
  noFfmpeg: (problem, install) => `Картинок здесь не будет. ${problem} Установите FFmpeg (${install}) или укажите его в «Настройки», «Изображения».`,
  tools: {
    lacks: ({ path }, part) => `«${path}» собран без поддержки: ${part}.`,
  },
}
