import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('ru')
const alarms = { one: 'тревога', few: 'тревоги', many: 'тревог', other: 'тревоги' }

export const ru: AcknowledgingWords = {
  byLink: ({ by, link }) => (by === '' ? `по ссылке из ${link}` : `${by} (по ссылке из ${link})`),
  title: 'Квитирование',
  members: (count) => say.count(count, alarms),
  more: (count) => `и ещё ${say.number(count)}`,
  untaken: 'Пока никто это не квитировал.',
  partlyTaken: (count) => `Ещё не квитировано: ${say.count(count, alarms)}.`,
  taken: ({ who, moment }) => `Квитировано: ${who}, ${say.momentOf(moment)}.`,
  name: 'Ваше имя (необязательно)',
  nameHint: 'Другие увидят, кто этим занимается.',
  button: 'Квитировать',
  over: (moment) => `Это закончилось ${say.momentOf(moment)}. Квитировать больше нечего.`,
  nothingToTake: 'Сейчас здесь нечего квитировать.',
  expired: 'Срок действия ссылки истёк: она действовала сутки. Возьмите ссылку из более нового сообщения или откройте mtxdeck.',
  unknown: 'Консоль больше не хранит инцидент этой ссылки.',
  invalid: 'Ссылка недействительна. Возможно, она была обрезана в пути или с тех пор изменились настройки консоли. Откройте mtxdeck, чтобы увидеть тревоги.',
  notConfirmed: 'Ничего не квитировано. Нажмите кнопку на этой странице.',
  notStored: 'Консоль не смогла это сохранить, поэтому ничего не квитировано. Возможно, её диск заполнен. Повторите попытку или сообщите её администратору.',
  tooMany: 'Из вашей сети пришло слишком много запросов. Повторите попытку через минуту.',
}
