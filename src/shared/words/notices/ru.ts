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

export const ru: NoticeWords = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `Другой экземпляр mtxdeck${pid === null ? '' : ` (процесс ${pid}, запущен ${say.momentOf(since)})`} использует ${folder}. Сначала остановите его или укажите этому другую папку данных.`,
    diskFull: ({ folder }) => `Диск с ${folder} заполнен. Освободите место и запустите снова.`,
    folderNotWritable: ({ folder, because }) => `В ${folder} нельзя писать (${because}). Проверьте владельца и права.`,
    fileNotWritable: ({ file, folder, because }) => `${file} нельзя записать (${because}). Проверьте владельца и права ${folder}.`,
    fileHeld: ({ file, because }) => `${file} занят другой программой (${because}). Закройте её и запустите снова.`,
    databaseNewer: ({ file, form, known }) =>
      `${file} записан более новым mtxdeck (формат ${form}, этот знает ${known}). Обновите mtxdeck или укажите другую папку данных.`,
    databaseOlder: ({ file }) => `${file} записан mtxdeck до 26 ноября 2026 года. Откройте папку данных один раз в mtxdeck от этой даты, затем в этом.`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} повреждён (${fileFaultsText(because, 'ru')}). Уберите ${name} вместе с ${name}-wal и ${name}-shm или верните копию.`,
    restoreUnfinished: ({ folder }) =>
      `Восстановление в ${folder} не завершилось, базы могут не соответствовать друг другу. Выполните ту же команду «mtxdeck restore» ещё раз с --replace.`,
    mainNotRestored: ({ folder, because }) =>
      `main.db повреждён, и заменить его резервной копией не удалось (${because}). Проверьте диск и права ${folder} и запустите снова.`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} переводится в новый формат и сначала копируется в ${folder}. Нужно ${say.size(neededBytes, 'MB')}, свободно ${say.size(freeBytes, 'MB')}. Освободите место и запустите снова.`,
    copyFailed: ({ name, folder, because }) =>
      `${name} переводится в новый формат, но скопировать его в ${folder} не удалось (${because}). Проверьте диск и права папки и запустите снова.`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} ${replaced ? 'заменён другим файлом' : 'удалён'} во время работы mtxdeck, и записать его заново не удаётся (${because}). Всё его содержимое пропадёт, когда mtxdeck завершится. Проверьте диск и права на запись в папку.`,
    dailyCopyBad: ({ folder, because }) =>
      `Сегодняшняя копия настроек консоли неисправна (${fileFaultsText(because, 'ru')}): возможно, main.db повреждён. Выполните «mtxdeck check» и сохраните более старые копии в ${folder}.`,
    dailyCopyFailed: ({ folder, because }) => `Сегодняшнюю копию настроек консоли не удаётся сделать в ${folder} (${because}). Проверьте диск и права папки.`,
    writerFailed: () => 'Часть mtxdeck, которая пишет историю, отказала и перезапускается. До тех пор отсчёты не сохраняются.',
    diskSlow: ({ folder }) =>
      `Диск с ${folder} слишком медленный для такого числа серверов: часть отсчётов теряется. Наблюдайте меньше серверов или опрашивайте реже.`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `На диске с ${folder} свободно только ${say.size(freeBytes, 'GB')}: пока не станет больше ${say.size(leastBytes, 'GB')}, отсчёты не сохраняются; минуты, события и более грубые данные сохраняются. Освободите место или храните историю меньше дней.`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `На диске не хватает места для архива за ${day}: нужно ${say.size(neededBytes, 'MB')}, свободно ${say.size(freeBytes, 'MB')}. Освободите место или храните историю меньше дней.`,
    historyDiskFull: ({ folder }) => `Диск с ${folder} заполнен: отсчёты не сохраняются. Освободите место или храните историю меньше дней.`,
    historyNotWritable: ({ file, because }) => `${file} нельзя записать (${because}): отсчёты не сохраняются. Проверьте диск и владельца папки.`,
    historyHeld: ({ file }) => `${file} занят другой программой: отсчёты не сохраняются. Закройте её.`,
    historyDamaged: ({ file, because }) => `${file} повреждён (${fileFaultsText(because, 'ru')}): файл отложен в сторону, начат новый.`,
    nodeTooOld: ({ version }) => `Службе нужен Node 24 (Node-API 10), а это Node ${version}. Запустите её через «npx mtxdeck»: там есть свой.`,
    bundleRefused: ({ file, because }) => `${file} нельзя открыть как пакет: ${fileFaultsText(because, 'ru')}.`,
    notABundle: ({ file, of, period }) => `${file} — файл истории (${heldText(of, period, 'ru')}), а не пакет.`,
  },
  secrets: {
    keyFile: ({ file }) =>
      `Пароли зашифрованы ключом из ${file}, который может читать только этот пользователь. Кто скопирует всю папку, получит и то и другое.`,
    keychain: ({ of, keyring }) =>
      `Пароли серверов зашифрованы ключом, который защищён ${of === 'linux' ? `связкой ключей системы (${keyring})` : keychains[of]}.`,
    keyFileWrong: ({ file, bytes }) =>
      `В ${file} нет ключа длиной ${bytes} байта. Верните файл из резервной копии или удалите его и введите пароли серверов заново.`,
    keyFileUnreadable: ({ file, because }) => `${file} не читается (${because}): дайте право на чтение только этому пользователю.`,
    keyFileNotWritten: ({ file, because }) => `${file} нельзя записать (${because}): пароли серверов здесь не сохранить.`,
    noKeychain: () => `В этой системе нет связки ключей, доступной mtxdeck. ${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `Файл ключа не читается: ${because}. ${keptForLaunch}`,
    keychainLocked: ({ file, because }) =>
      `Связка ключей системы не открыла ключ сохранённых паролей (${because}). Разблокируйте её и перезапустите mtxdeck. Если её не вернуть, удалите ${file} и введите пароли заново.`,
    keyNotGiven: ({ because }) => `Ключ сохранённых паролей не удалось прочитать: ${because}.`,
  },
  cautions: {
    hidesStored: () => 'Сохранённый сервер называется так же; действует файл конфигурации.',
    passwordUnreadable: () => 'Сохранённый пароль больше не читается (сменился ключ): введите его заново.',
    passwordLeftBehind: () => 'Пароль не перенесён на новый адрес: введите его заново.',
    valuesWrong: ({ wrong, cut }) =>
      joined(
        where(fieldsOf(wrong), (fields) => `Сервер присылает невозможные значения, они показаны как неизвестные: ${fields}.`),
        where(fieldsOf(cut), (fields) => `Он присылает больше, чем бывает у медиасервера; лишнее отброшено: ${fields}.`),
      ),
    keptForLaunch: (secrets) => `Пароль хранится только до завершения mtxdeck: ${secrets}`,
    openToAll: () => 'API этого сервера открыт для всех, кто может к нему подключиться.',
    passwordUnencrypted: () => 'Пароль передаётся без шифрования: используйте https (apiEncryption: yes).',
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? 'Этот файл и используемую базу серверов и настроек поменяли местами. Он не используется: удалите его, когда он станет не нужен.'
        : 'Эта база серверов и настроек была повреждена; её место заняла резервная копия или пустая база. Удалите файл, когда он станет не нужен.',
    historyEarlier: ({ file }) => `${file} был повреждён и отложен в сторону.`,
    alarmsReplaced: () => 'Этот файл и используемую базу закрытых тревог поменяли местами. Он не используется: удалите его, когда он станет не нужен.',
  },
}
