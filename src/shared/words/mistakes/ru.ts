import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { MistakeWords, Nouns } from './mistakeWords.ts'

const say = sayIn('ru')
const either = (meant: string | null, known: string) => (meant === null ? known : `возможно, ${meant}?`)
const empty: Nouns = {
  headerValue: 'значение заголовка пусто',
  certificate: 'сертификат пуст',
  serverName: 'Дайте серверу имя',
  hostName: 'Дайте машине имя',
  channelName: 'Дайте каналу имя',
  maintenanceName: 'Дайте окну работ имя',
  wallName: 'Дайте видеостене имя',
  pattern: 'шаблон пуст',
  runbook: 'инструкция пуста',
  ruleName: 'дайте правилу имя',
  user: 'имя пользователя пустое',
  password: 'пароль пустой',
  passphrase: 'парольная фраза пустая',
  token: 'токен пустой',
  secret: 'пароль или токен пустой',
  tag: 'В метке должен быть хотя бы один символ',
  apiAddress: 'Введите адрес API, например http://10.0.0.5:9997',
  address: 'адрес пустой',
  reason: 'Укажите причину',
  comment: 'Напишите комментарий',
  privateKey: 'закрытый ключ пустой',
  file: 'имя файла пустое',
  processName: 'имя процесса пустое',
  serverId: 'идентификатор сервера пустой',
  probeName: 'дайте пробе название',
  consoleName: 'дайте консоли название',
  project: 'проект пустой',
  list: 'список пустой',
  template: 'шаблон имени пуст',
  settingValue: 'значение пусто',
}
const nouns: Nouns = {
  headerValue: 'значение заголовка',
  certificate: 'сертификат',
  serverName: 'имя',
  hostName: 'имя',
  channelName: 'имя',
  maintenanceName: 'имя',
  wallName: 'имя',
  pattern: 'шаблон',
  runbook: 'инструкция',
  ruleName: 'имя',
  user: 'имя пользователя',
  password: 'пароль',
  passphrase: 'парольная фраза',
  token: 'токен',
  secret: 'пароль или токен',
  tag: 'метка',
  apiAddress: 'адрес',
  address: 'адрес',
  reason: 'причина',
  comment: 'комментарий',
  privateKey: 'закрытый ключ',
  file: 'имя файла',
  processName: 'имя процесса',
  serverId: 'идентификатор сервера',
  probeName: 'название',
  consoleName: 'название',
  project: 'проект',
  list: 'список',
  template: 'шаблон имени',
  settingValue: 'значение',
}
const nameless = {
  server: 'другой сервер',
  host: 'другая машина',
  channel: 'другой канал',
  maintenance: 'другой план работ',
  onAir: 'другой план эфира',
  probe: 'другая проба',
  vantage: 'другая консоль',
}
const types = { text: 'текст', list: 'список', object: 'ключи со значениями', number: 'число', boolean: 'true или false' }
const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'такого файла нет',
  EACCES: 'этому пользователю нельзя его читать',
  EISDIR: 'это папка',
}
const letters = (count: number) => say.count(count, { one: 'символ', few: 'символа', many: 'символов', other: 'символа' })
const unusableAlias = {
  unknown: 'перед ним нет якоря (&) с этим именем; значение, которое начинается с *, заключите в кавычки',
  circular: 'он стоит внутри значения, которое повторяет',
  notAMap: '<< принимает ключи со значениями',
  tooMany: 'из-за ссылок (*) файл становится слишком большим',
}

export const ru: Rest<MistakeWords> = {
  notPem: ({ what }) => (what === 'key' ? 'Это не закрытый ключ в PEM (-----BEGIN PRIVATE KEY-----)' : 'Это не сертификат в PEM (-----BEGIN CERTIFICATE-----)'),
  notOfType: ({ type }) => `ожидается ${types[type]}`,
  notOneOf: ({ words }) => `ожидается одно из: ${words.join(', ')}`,
  unknownKey: ({ meant, known }) =>
    meant === null && known.length === 0 ? 'неизвестный ключ' : `неизвестный ключ; ${either(meant, `известны ${known.join(', ')}`)}`,
  aliasUnusable: ({ because }) => unusableAlias[because],
  empty: ({ what }) => empty[what],
  tooLong: ({ what, most }) => `${nouns[what]} — не длиннее ${letters(most)}`,
  notOneLine: ({ what }) => (what === 'token' ? 'Токен — одна строка из символов, допустимых в заголовке HTTP' : `${nouns[what]} — одна строка текста`),
  hiddenCharacter: ({ what, code }) => `${nouns[what]} не содержит невидимых символов: уберите ${code}`,
  configurationUnreadable: ({ file, code }) => `Не удаётся прочитать конфигурацию ${file}: ${unreadable[code] ?? code}`,
  fileUnreadable: ({ file, code }) => `не удаётся прочитать ${file}: ${unreadable[code] ?? code}`,
  givenBeside: ({ other, oneOf }) => `стоит рядом с ${other}: укажите что-то одно из ${oneOf.join(', ')}`,
  userAlone: ({ oneOf }) => `к пользователю нужно одно из ${oneOf.join(', ')}`,
  sshMissing: () => 'не указано «ssh», например noc@10.0.0.5:22; для этой машины — «local: true»',
  signInMissing: ({ oneOf }) => `не указан способ входа: задайте одно из ${oneOf.join(', ')}: true`,
  notAStreamAddress: ({ schemes }) => `ожидается адрес потока, начинающийся с ${schemes.map((scheme) => `${scheme}://`).join(', ')}`,
  channelKindMissing: ({ oneOf }) => `не указан вид канала: укажите одно из ${oneOf.join(', ')}`,
  secretMissing: ({ oneOf }) => `нет секрета: укажите одно из ${oneOf.join(', ')}`,
  notANamingTemplate: ({ fault, part }) =>
    ({
      noField: 'в шаблоне нужно хотя бы одно поле в фигурных скобках, например {examId}_{timestamp}',
      braces: `фигурная скобка не закрыта или не открыта: ${part}`,
      fieldName: `«${part}» не имя поля: используйте латинские буквы, цифры, _ или -, начиная с буквы`,
      fieldTwice: `поле ${part} указано дважды`,
      fieldType: `у «${part}» неизвестный тип: используйте text, int, timestamp, s, ms, date или значения вида hd|sd`,
      nothingBetween: `поля ничем не разделены: ${part}; поставьте между ними символ, например _`,
      tooManyFields: `в шаблоне не более ${part} полей`,
    })[fault],
  nameTwice: ({ name, of, first }) => `${nameless[of]} (${first}) носит то же имя «${name}»`,
  patternUnsupported: ({ text, what }) =>
    `В «${text}» есть ${what === 'lookAround' ? 'просмотр вперёд или назад, например (?=…)' : 'обратная ссылка, например \\1'}. Здесь, как и в MediaMTX, этого нет: запишите иначе или исключением`,
  noSuchRule: ({ text, meant, known }) =>
    `в mtxdeck нет правила «${text}»; ${either(meant, `есть ${known.join(', ')}`)}${meant === null ? '.' : ''} Собственному правилу нужен показатель, событие, состояние или нестабильность`,
  limitMissing: ({ oneOf }) => `укажите предел: ${oneOf.join(', ')}`,
  clearOnWrongSide: ({ side, limit }) =>
    side === 'below'
      ? `ожидается ${limit} или больше: ниже предела неисправность не может быть устранена`
      : `ожидается ${limit} или меньше: выше предела неисправность не может быть устранена`,
  remedyUnfit: ({ act }) => (act === 'runCommand' ? 'для runCommand нужно правило о потоках, серверах или хостах' : `для ${act} нужно правило о потоках`),
  scopeUnfit: ({ metric, of }) =>
    `${metric === null ? 'это правило следит за состояниями или событиями' : `${metric} — показатель`} ${{ server: 'сервера', stream: 'потока', host: 'хоста', device: 'части хоста', probe: 'пробы' }[of]}, так его выбрать нельзя`,
  noSuchParameter: ({ meant, known }) => `такого параметра нет; ${either(meant, `есть ${known.join(', ')}`)}`,
  notOneOfThese: ({ words, text }) => `ожидается одно из: ${words.join(', ')}, а не «${text}»`,
  noSuchName: ({ text, meant, known }) => `«${text}» нет; ${either(meant, `есть ${known.join(', ')}`)}`,
  notLearned: ({ metric, known }) => `обычные значения ${metric} не изучаются, только ${known.join(', ')}`,
  pathNotNamed: ({ metric, of }) =>
    of === 'device' ? `${metric} относится к части машины: укажите её, например disk:/, net:eth0 или gpu:0` : `${metric} относится к потоку: укажите его путь`,
  metricOfOther: ({ metric, of }) =>
    `${metric} — показатель ${{ server: 'сервера', stream: 'потока', host: 'хоста', device: 'части хоста', probe: 'пробы' }[of]}, а среди указанного есть и другое`,
  noServerOfName: ({ name, meant, known }) => `«${name}» нет; ${either(meant, known.length === 0 ? 'нет ни одного' : `есть ${known.join(', ')}`)}`,
}
