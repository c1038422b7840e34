/** 경보를 알리는 채널에 대한 말. */
export const ko = {
  channels: {
    title: '채널',
    test: '시험',
    testOf: '{{name}}에 시험 메시지 보내기',
    accepted: '{{name}}: 시험 메시지를 받았습니다',
    notAccepted: '{{name}}: {{reason}}',
    well: '메시지를 받음',
    unused: '아직 보낸 것 없음',
    refusedAt: '{{time}}에 메시지를 거부함: {{reason}}',
    empty: '경보가 외부에 알려지지 않습니다',
    emptyText: '채널과 경로는 설정 파일에 있습니다. 방법은 docs/alarms.md에 있습니다. 콘솔이 실행되는 동안 적용됩니다.',
    column: {
      name: '이름',
      kind: '종류',
      to: '대상',
      state: '상태',
      waiting: '대기',
      refused: '거부됨',
      delivered: '마지막 수락',
    },
  },
  told: {
    title: '알린 기록',
    none: '아직 어느 채널에도 알리지 않았습니다.',
    ofIncident: '원인이 같은 다른 경보와 하나의 인시던트로 알립니다.',
    earlier_other: '이전 메시지 {{count, number}}건',
    event: { start: '시작', update: '변경', end: '종료' },
    state: { waiting: '대기 중', delivered: '{{time}} 수락됨', refused: '{{time}} 거부됨' },
    tries: '{{count, number}}회 시도',
    mayRepeat: '두 번 도착했을 수 있습니다. 응답이 없었거나 그 사이 mtxdeck이 종료되었습니다.',
  },
}
