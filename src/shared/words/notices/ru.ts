import type { Rest } from '../catalogue.ts'
import { fileFaultsText, heldText } from '../fileFaultText.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { NoticeWords } from './noticeWords.ts'

const say = sayIn('ru')
const keychains = { darwin: 'связкой ключей системы', win32: 'защитой данных Windows' }
const keptForLaunch =
  'Пароли серверов хранятся только до завершения mtxdeck. Чтобы они сохранялись, установите и разблокируйте связку ключей (GNOME Keyring или KWallet) и перезапустите mtxdeck или укажите пароли в файле конфигурации.'
const fieldsOf = ({ names, more }: { readonly names: readonly string[]; readonly more: number }) =>
  `${names.join(', ')}${more > 0 ? ` и ещё ${say.number(more)}` : ''}`

export const ru: Rest<NoticeWords> = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `Другой экземпляр mtxdeck${pid === null ? '' : ` (процесс ${pid}, запущен ${say.momentOf(since)})`} использует ${folder}. Сначала остановите его или укажите этому другую папку данных.`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} повреждён (${fileFaultsText(because, 'ru')}). Уберите ${name} вместе с ${name}-wal и ${name}-shm или верните копию.`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} переводится в новый формат и сначала копируется в ${folder}. Нужно ${say.size(neededBytes, 'MB')}, свободно ${say.size(freeBytes, 'MB')}. Освободите место и запустите снова.`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} ${replaced ? 'заменён другим файлом' : 'удалён'} во время работы mtxdeck, и записать его заново не удаётся (${because}). Всё его содержимое пропадёт, когда mtxdeck завершится. Проверьте диск и права на запись в папку.`,
    dailyCopyBad: ({ folder, because }) =>
      `Сегодняшняя копия настроек консоли неисправна (${fileFaultsText(because, 'ru')}): возможно, main.db повреждён. Выполните «mtxdeck check» и сохраните более старые копии в ${folder}.`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `На диске с ${folder} свободно только ${say.size(freeBytes, 'GB')}: пока не станет больше ${say.size(leastBytes, 'GB')}, отсчёты не сохраняются; минуты, события и более грубые данные сохраняются. Освободите место или храните историю меньше дней.`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `На диске не хватает места для архива за ${day}: нужно ${say.size(neededBytes, 'MB')}, свободно ${say.size(freeBytes, 'MB')}. Освободите место или храните историю меньше дней.`,
    historyDamaged: ({ file, because }) => `${file} повреждён (${fileFaultsText(because, 'ru')}): файл отложен в сторону, начат новый.`,
    bundleRefused: ({ file, because }) => `${file} нельзя открыть как пакет: ${fileFaultsText(because, 'ru')}.`,
    notABundle: ({ file, of, period }) => `${file} — файл истории (${heldText(of, period, 'ru')}), а не пакет.`,
  },
  secrets: {
    keychain: ({ of, keyring }) =>
      `Пароли серверов зашифрованы ключом, который защищён ${of === 'linux' ? `связкой ключей системы (${keyring})` : keychains[of]}.`,
    noKeychain: () => `В этой системе нет связки ключей, доступной mtxdeck. ${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `Файл ключа не читается: ${because}. ${keptForLaunch}`,
  },
  cautions: {
    valuesWrong: ({ wrong, cut }) =>
      joined(
        where(fieldsOf(wrong), (fields) => `Сервер присылает невозможные значения, они показаны как неизвестные: ${fields}.`),
        where(fieldsOf(cut), (fields) => `Он присылает больше, чем бывает у медиасервера; лишнее отброшено: ${fields}.`),
      ),
    keptForLaunch: (secrets) => `Пароль хранится только до завершения mtxdeck: ${secrets}`,
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? 'Этот файл и используемую базу серверов и настроек поменяли местами. Он не используется: удалите его, когда он станет не нужен.'
        : 'Эта база серверов и настроек была повреждена; её место заняла резервная копия или пустая база. Удалите файл, когда он станет не нужен.',
  },
}
