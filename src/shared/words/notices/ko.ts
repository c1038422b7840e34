import type { Rest } from '../catalogue.ts'
import { fileFaultsText, heldText } from '../fileFaultText.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { NoticeWords } from './noticeWords.ts'

const say = sayIn('ko')
const keychains = { darwin: '시스템 키체인', win32: 'Windows 데이터 보호' }
const keptForLaunch =
  '서버 비밀번호는 mtxdeck이 종료될 때까지만 보관됩니다. 계속 보관하려면 키링(GNOME Keyring 또는 KWallet)을 설치해 잠금을 풀고 mtxdeck을 다시 시작하거나 구성 파일에 비밀번호를 적으세요.'
const fieldsOf = ({ names, more }: { readonly names: readonly string[]; readonly more: number }) =>
  `${names.join(', ')}${more > 0 ? ` 외 ${say.number(more)}개` : ''}`

export const ko: Rest<NoticeWords> = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `다른 mtxdeck${pid === null ? '' : `(프로세스 ${pid}, 시작 ${say.momentOf(since)})`}이 ${folder} 폴더를 사용 중입니다. 먼저 종료하거나 다른 데이터 폴더를 지정하세요.`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} 파일이 손상되었습니다(${fileFaultsText(because, 'ko')}). ${name} 및 옆의 ${name}-wal, ${name}-shm 파일을 옮기거나 사본을 되돌리세요.`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} 파일의 형식을 바꾸기 전에 ${folder} 폴더로 복사합니다. ${say.size(neededBytes, 'MB')}가 필요하지만 ${say.size(freeBytes, 'MB')}만 남았습니다. 공간을 확보하고 다시 시작하세요.`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} 파일이 mtxdeck 실행 중에 ${replaced ? '다른 파일로 바뀌었고' : '삭제되었고'} 다시 쓸 수 없습니다(${because}). mtxdeck이 종료되면 내용이 모두 사라집니다. 디스크와 폴더의 쓰기 권한을 확인하세요.`,
    dailyCopyBad: ({ folder, because }) =>
      `오늘의 콘솔 설정 사본에 이상이 있습니다(${fileFaultsText(because, 'ko')}). main.db가 손상되었을 수 있습니다. “mtxdeck check”를 실행하고 ${folder} 폴더의 이전 사본을 보관하세요.`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `${folder} 디스크에 ${say.size(freeBytes, 'GB')}만 남았습니다. ${say.size(leastBytes, 'GB')}를 넘을 때까지 측정값은 저장되지 않고 분 단위 값, 이벤트와 더 큰 단위의 값은 저장됩니다. 공간을 확보하거나 이력 보관 일수를 줄이세요.`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `디스크 공간이 부족해 ${day} 보관 파일을 만들 수 없습니다. ${say.size(neededBytes, 'MB')}가 필요하지만 ${say.size(freeBytes, 'MB')}만 남았습니다. 공간을 확보하거나 이력 보관 일수를 줄이세요.`,
    historyDamaged: ({ file, because }) => `${file} 파일이 손상되어(${fileFaultsText(because, 'ko')}) 따로 옮기고 새 파일을 시작합니다.`,
    bundleRefused: ({ file, because }) => `${file} 파일을 번들로 열 수 없습니다: ${fileFaultsText(because, 'ko')}.`,
    notABundle: ({ file, of, period }) => `${file} 파일은 번들이 아니라 이력 파일(${heldText(of, period, 'ko')})입니다.`,
  },
  secrets: {
    keychain: ({ of, keyring }) => `서버 비밀번호는 ${of === 'linux' ? `시스템 키링(${keyring})` : keychains[of]}이 보호하는 키로 암호화됩니다.`,
    noKeychain: () => `이 시스템에는 mtxdeck이 쓸 수 있는 키체인이 없습니다. ${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `키 파일을 읽을 수 없습니다: ${because}. ${keptForLaunch}`,
  },
  cautions: {
    valuesWrong: ({ wrong, cut }) =>
      joined(
        where(fieldsOf(wrong), (fields) => `이 서버가 있을 수 없는 값을 보내 알 수 없음으로 표시합니다: ${fields}.`),
        where(fieldsOf(cut), (fields) => `미디어 서버에 있을 수 없는 분량을 보내 잘라냅니다: ${fields}.`),
      ),
    keptForLaunch: (secrets) => `비밀번호는 이번 실행 동안만 보관됩니다. ${secrets}`,
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? '이 파일과 사용 중인 서버 및 설정 데이터베이스가 서로 뒤바뀌었습니다. 사용되지 않으므로 필요 없으면 삭제하세요.'
        : '이 서버 및 설정 데이터베이스가 손상되어 백업 또는 빈 데이터베이스로 대체되었습니다. 필요 없으면 파일을 삭제하세요.',
  },
}
