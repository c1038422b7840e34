import type { Rest } from '../catalogue.ts'
import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` 외 ${count - paths.length}개` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : ` (${names(paths, count)})`)

export const ko: Rest<ConfigurationWords> = {
  what: {
    neverAsked: ({ setting, actions }) => `${setting}에 적혀 있어 서버에 접근할 수 있는 누구나 비밀번호 없이 할 수 있습니다: ${actions.join(', ')}.`,
    openOnMachine: ({ actions }) =>
      `서버가 실행되는 장비에 로그인한 누구나 비밀번호 없이 사용할 수 있습니다 (루프백 주소에서만 수신 대기): ${actions.join(', ')}.`,
    anyWebsite: ({ settings }) => `어떤 웹사이트든 그것을 연 사람의 브라우저에서 서버에 요청할 수 있습니다: ${settings.join(', ')}.`,
    recordingsKept: ({ paths, count }) => `녹화가 삭제되지 않습니다: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `송신자가 없을 때도 슬레이트가 녹화됩니다: ${names(paths, count)}.`,
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `${since}부터 시작되지 않습니다${ofPaths(where)}: “${said}”. 업그레이드 전에 바꾸십시오.`,
    sourcesNeedPasswords: ({ since, ...where }) =>
      `다음 소스 중 하나에 비밀번호 없는 사용자나 사용자 없는 비밀번호가 있으면 ${since}부터 시작되지 않습니다${ofPaths(where)}.`,
    namesRefused: ({ since, ...where }) => `이름에 A–Z, 0–9, _ - . / 이외의 문자가 있어 ${since}부터 거부됩니다${ofPaths(where)}.`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)}: ${since}부터 ${now.join(', ')} 설정이 대신합니다. 아직은 읽습니다.`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)}: 제거될 예정입니다(${since}부터 예고).`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)}: ${since}부터 효과가 없습니다.`,
  },
}
