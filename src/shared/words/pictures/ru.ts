import { mediaSchemes } from '../../media.ts'
import { sayIn } from '../say.ts'
import { addressExamples, type PictureWords } from './pictureWords.ts'

const say = sayIn('ru')
const steps = { opening: 'при открытии', inspecting: 'при анализе', reading: 'при чтении', decoding: 'при декодировании' }
const address = {
  characters: 'в нём пробелы или недопустимые знаки',
  notAnAddress: 'это не адрес',
  scheme: `его схема не из числа ${mediaSchemes.join(', ')}`,
  notInFull: 'он записан не полностью',
  noHost: 'в нём нет имени машины',
  parameters: 'в нём параметры не для читателя',
  notCaller: 'SRT читается только в режиме caller',
  linkLocal: 'он ведёт на локальный адрес канала',
  otherForm: 'у запроса другой вид',
}
const unavailable = {
  noProcess: 'рядом с этой консолью не работает медиапроцесс',
  keepsEnding: 'медиапроцесс завершался снова и снова, причина в его журнале',
  onlyNodeAv: 'node-av не загружается, а другое не разрешено',
}
const undecodable = {
  notMedia: 'это не медиаданные',
  noDecoder: 'для него нет декодера',
  endedEarly: 'он закончился до первого кадра',
  noWholePicture: 'ни одного целого кадра не пришло',
}
const permission = 'Дайте ему право «action: read» в mediamtx.yml.'

export const ru: PictureWords = {
  reasons: {
    notLive: () => 'Сейчас здесь нет публикации.',
    slate: () => 'Заставка в эфире: нет публикации.',
    onDemand: () => 'По запросу: просмотр запустит источник.',
    hlsOff: () => 'HLS на этом сервере выключен («hls: no» в mediamtx.yml).',
    codecH265: () => 'Видео в H265, этот браузер его не воспроизводит.',
    serverDown: () => 'Сервер не отвечает.',
    closed: () => 'Эта картинка закрыта. Откройте её снова.',
    settingsChanged: () => 'Настройки сервера изменены. Откройте картинку снова.',
    readRefused: () => `Сервер не даёт этому пользователю читать поток. ${permission}`,
    hlsNotEncrypted: () => 'HLS этого сервера требует пароль и не зашифрован, хотя его API зашифрован. Задайте «hlsEncryption: yes» в mediamtx.yml.',
    noPictureNow: () => 'У сервера сейчас нет картинки этого потока.',
    redirectUnreadable: () => 'Сервер перенаправляет на адрес, который не читается.',
    redirectsInCircle: () => 'Сервер перенаправляет по кругу.',
    playlistTooLong: () => 'Плейлист больше любого из тех, что создаёт MediaMTX.',
    playlistElsewhere: () => 'Плейлист ведёт за пределы своего пути.',
    notHls: ({ host }) => `По адресу ${host} отвечает не HLS MediaMTX.`,
    lastViewerLeft: () => 'Последний зритель ушёл. Дальнейший просмотр держал бы источник включённым: чтобы запустить его, откройте картинку снова.',
    viewersUnknown: () => 'Этот сервер не сообщает, кто ещё смотрит по HLS. Картинка закрыта через 5 минут, чтобы не держать источник включённым.',
    noSuchPart: () => 'Такой части картинки нет.',
    onlyGet: () => 'Здесь принимается только GET.',
    noWayToRead: () => 'RTSP, HLS и SRT на этом сервере выключены (mediamtx.yml) или их адреса не указаны в настройках.',
    rtspReadRefused: () => `Сервер не даёт этому пользователю читать поток по RTSP. ${permission}`,
    rtspPasswordMissing: () => 'RTSP этого сервера требует пароль или токен, а здесь ничего не сохранено.',
    rtspPasswordWithheld: () =>
      'RTSP этого сервера требует пароль или токен. Он не отправлен: адрес не той машины, где API, или он ушёл бы открытым текстом, хотя API зашифрован.',
    rtspCredentialsTooLong: () => 'RTSP этого сервера требует пароль или токен, а сохранённый слишком длинный для RTSP.',
    notDecoded: () => 'Этот браузер не может декодировать поток.',
    tooLate: () => 'За отведённое время картинка не появилась.',
    brokeOff: () => 'Картинка остановилась: соединение прервалось.',
    notPlayable: () => 'Картинку воспроизвести нельзя.',
    browserWithoutHls: () => 'Этот браузер не воспроизводит HLS.',
    codecUnsupported: ({ codecs }) => `HLS не передаёт ${codecs.join(', ')}.`,
    badAddress: ({ of, address }) => `«${address}» — не адрес ${of.toUpperCase()}: пишите его так: ${addressExamples[of]}.`,
    refusedAddress: ({ because }) => `Этот адрес не открывается: ${address[because]}.`,
    timedOut: ({ limitMs }) => `За ${say.number(limitMs / 1000)} с картинка не появилась.`,
    unreachable: ({ doing, said }) => `Поток прочитать не удалось: ${steps[doing]} FFmpeg сообщил «${said}».`,
    unauthorized: () => 'Для этого потока сервер требует другие учётные данные.',
    addressUnreadable: () => 'Сохранённый адрес не удаётся расшифровать: введите его заново.',
    notFound: () => 'Там нет публикации.',
    noVideo: () => 'В потоке нет видео.',
    undecodable: ({ because }) => `Поток декодировать не удалось: ${undecodable[because]}.`,
    decoderFailed: ({ said }) => `Поток декодировать не удалось: «${said}».`,
    crashed: () => 'Медиапроцесс завершился при чтении этого потока; он запускается снова.',
    setAside: () => 'На этом потоке медиапроцесс завершался несколько раз; поток на время оставлен в покое.',
    unavailable: ({ because }) => `Картинок здесь не будет: ${unavailable[because]}.`,
    cancelled: () => 'Отменено.',
  },
  noFfmpeg: (problem, install) => `Картинок здесь не будет. ${problem} Установите FFmpeg (${install}) или укажите его в «Настройки», «Изображения».`,
  tools: {
    notOnPath: () => 'В PATH нет ffmpeg.',
    notAbsolute: ({ path }) => `«${path}» — не полный путь.`,
    notFfmpeg: ({ path }) => `«${path}» называется не ffmpeg.`,
    notRunnable: ({ path }) => `«${path}» — не программа, которую можно запустить.`,
    noFfprobe: ({ path }) => `Рядом с «${path}» нет ffprobe.`,
    noVersion: ({ path }) => `«${path}» не сообщает версию FFmpeg.`,
    noAnswer: ({ path }) => `«${path}» не отвечает.`,
    tooOld: ({ path, version }) => `«${path}» — это FFmpeg ${version}, а нужен 5.0 или новее.`,
    lacks: ({ path }, part) => `«${path}» собран без поддержки: ${part}.`,
  },
  parts: { demuxer: 'демультиплексор', protocol: 'протокол', decoder: 'декодер', filter: 'фильтр', encoder: 'кодер' },
}
