import type { Words } from '../words.ts'

/** Korean words of diagnoses. */
export const ko = {
  diagnosis: {
    button: '진단',
    hint: '포트, TLS, API, 프로토콜을 한 번씩 시험하여 무엇이 문제이고 어떻게 해야 하는지 알려 줍니다',
    title: '진단',
    text: '{{name}}, 이 콘솔에서 본 상태입니다. 서버는 변경하지 않습니다.',
    running: '모든 항목을 한 번씩 시험하는 중입니다(최대 30초)…',
    steps: '시험한 항목',
    endedAt: '{{time}}',
    again: '다시 진단',
    wake: '소스를 시작하고 다시 진단',
    copy: '텍스트로 복사',
    copied: '복사됨',
    failed: '진단하지 못했습니다: {{reason}}',
    outcome: { ok: '정상', warning: '확인 필요', failed: '실패', skipped: '시험 안 함' },
  },
  playability: {
    title: '재생 가능한 방식',
    notTried: '트랙과 구성 기준',
    triedAt: '{{time}}에 시험함',
    byTracksThen: '당시 트랙 기준',
    try: '시험',
    trying: '시험 중…',
    hint: '이 콘솔에서 프로토콜마다 한 번씩 시험하고 다시 판단합니다',
    failed: '판단하지 못함: {{reason}}',
  },
} as const satisfies Words
